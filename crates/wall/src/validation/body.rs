//! Bodies: which are taken, how they are read, and what is wrong with them.

use std::collections::BTreeMap;

use http::header;
use serde_json::Value;

use super::bounds::MAX_BYTES_FOR_ALL_FAULTS;
use super::fault::{Fault, Refusal};
use super::media_type::{self, MediaType};
use super::schema::{Extent, Misfit};
use super::style::is_ambiguous;
use super::unfit::Unfit;
use super::{Definitions, form, json, multipart};
use crate::bundle::{BodyContent, BodyRule, FormRule, Held, NodeIndex};
use crate::faults::{Check, skips};
use crate::filter::Mode;

/// How a request's body is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlan {
    /// There is none.
    None,
    /// As it comes: nobody looks into it.
    Stream,
    /// To its end, and then [`super::Operation::judge_body`].
    Whole,
}

/// What the header of a request says of its body.
#[derive(Clone, Copy, Debug)]
pub struct Content<'r> {
    /// A length that is not zero, or a body without one.
    pub announced: bool,
    /// `Content-Type`, once.
    pub media_type: Option<&'r [u8]>,
    /// `Content-Encoding` other than identity.
    pub encoded: bool,
}

impl<'r> Content<'r> {
    /// A field that came twice says nothing.
    pub fn of(fields: &'r http::HeaderMap, announced: bool) -> Content<'r> {
        let mut types = fields.get_all(header::CONTENT_TYPE).iter();
        let media_type = match (types.next(), types.next()) {
            (Some(only), None) => Some(only.as_bytes()),
            _ => None,
        };
        let mut codings = fields.get_all(header::CONTENT_ENCODING).iter();
        Content {
            announced,
            media_type,
            encoded: codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")),
        }
    }
}

#[derive(Debug)]
pub struct Body {
    required: bool,
    /// By media type or range.
    kinds: BTreeMap<String, Kind>,
}

/// How a body is read.
#[derive(Debug)]
enum Kind {
    Json(Judge),
    Form(FormRule, Judge),
    Multipart(FormRule, Judge),
    Opaque,
}

impl Body {
    pub fn new(rule: BodyRule) -> Body {
        let kinds = rule.content.into_iter();
        let kinds = kinds.map(|(range, content)| (range, Kind::new(content)));
        Body {
            required: rule.required,
            kinds: kinds.collect(),
        }
    }

    pub fn plan(&self, content: &Content<'_>) -> Result<BodyPlan, Refusal> {
        if !content.announced {
            return self.nothing().map(|()| BodyPlan::None);
        }
        let chosen = self.chosen(content);
        if chosen.is_err() && skips(Check::BodyMediaType) {
            return Ok(BodyPlan::Stream);
        }
        Ok(match chosen? {
            (_, Kind::Opaque) => BodyPlan::Stream,
            _ => BodyPlan::Whole,
        })
    }

    pub fn reads_json(&self, content: &Content<'_>) -> bool {
        matches!(self.chosen(content), Ok((_, Kind::Json(_))))
    }

    pub fn judge(
        &self,
        definitions: &Definitions,
        content: &Content<'_>,
        bytes: &[u8],
        mode: Mode,
    ) -> Result<Unfit, Refusal> {
        if bytes.is_empty() {
            return self.nothing().map(|()| Unfit::default());
        }
        let (media_type, kind) = self.chosen(content)?;
        match kind {
            Kind::Opaque => Ok(Unfit::default()),
            Kind::Json(judge) => {
                let malformed = |why| Refusal::malformed(Fault::of_whole_body(why));
                let value = json::read(bytes).map_err(malformed)?;
                judge.judge(definitions, value, bytes, mode)
            }
            Kind::Form(form, judge) => {
                let read = |as_text| form::urlencoded(form, bytes, as_text);
                judge.judge_form(definitions, form, mode, read)
            }
            Kind::Multipart(form, judge) => {
                let read = |as_text| multipart::object(form, &media_type, bytes, as_text);
                judge.judge_form(definitions, form, mode, read)
            }
        }
    }

    fn nothing(&self) -> Result<(), Refusal> {
        match self.required && !skips(Check::BodyRequired) {
            true => Err(Refusal::invalid(vec![Fault::of_whole_body("is required")])),
            false => Ok(()),
        }
    }

    fn chosen<'r>(&self, content: &Content<'r>) -> Result<(MediaType<'r>, &Kind), Refusal> {
        let unsupported = |detail: &str| Refusal::unsupported(Fault::of_whole_body(detail));
        if content.encoded {
            return Err(unsupported("must come without Content-Encoding"));
        }
        let media_type = content.media_type.and_then(MediaType::parse);
        let found = media_type
            .filter(MediaType::is_utf8)
            .and_then(|media_type| {
                let kind = media_type::chosen(&self.kinds, &media_type.essence)?;
                Some((media_type, kind))
            });
        found.ok_or_else(|| {
            let declared: Vec<&str> = self.kinds.keys().map(String::as_str).collect();
            unsupported(&format!("must be {}", declared.join(" or ")))
        })
    }
}

impl Kind {
    fn new(content: BodyContent) -> Kind {
        match content {
            BodyContent::Json(held) => Kind::Json(Judge::new(&held)),
            BodyContent::Form(form) => {
                let judge = Judge::new(&form.held);
                Kind::Form(form, judge)
            }
            BodyContent::Multipart(form) => {
                let judge = Judge::new(&form.held);
                Kind::Multipart(form, judge)
            }
            BodyContent::Opaque => Kind::Opaque,
        }
    }
}

/// Schema and node.
#[derive(Debug)]
struct Judge {
    /// Name of a definition.
    schema: String,
    node: NodeIndex,
}

impl Judge {
    fn new(held: &Held) -> Judge {
        Judge {
            schema: held.schema.clone(),
            node: held.node,
        }
    }

    /// Fields nobody may set first: of all that is wrong they weigh most. `text`: of the value.
    fn judge(
        &self,
        definitions: &Definitions,
        value: Value,
        text: &[u8],
        mode: Mode,
    ) -> Result<Unfit, Refusal> {
        let extent = match mode {
            Mode::Observe => Extent::Whole,
            _ if text.len() <= MAX_BYTES_FOR_ALL_FAULTS => Extent::Told,
            _ => Extent::First,
        };
        let unfit = match skips(Check::BodySchema) {
            true => Vec::new(),
            false => definitions.schemas.misfits(&self.schema, value, extent)?,
        };
        let mut found = definitions.closure.misfits(self.node, text, mode)?;
        let (unknown, unfit): (Vec<Misfit>, Vec<Misfit>) = unfit
            .into_iter()
            .partition(|misfit| mode == Mode::Observe && misfit.is_of_what_is_not_known());
        // What does not fit would be taken away as well, and the schema says what was expected.
        let is_told = |misfit: &Misfit| unfit.iter().any(|known| misfit.is_at(&known.pointer));
        found.refused.retain(|misfit| !is_told(misfit));
        found.refused.extend(unfit);
        found.tolerated.extend(unknown);
        let told = |misfit: Misfit| {
            Fault::of_body(&misfit.pointer, misfit.expected).because(misfit.reason)
        };
        Refusal::of(found.refused, told)?;
        let tolerated: Vec<Fault> = found.tolerated.into_iter().map(told).collect();
        Ok(Unfit::of_faults(&tolerated, ""))
    }

    /// Texts that may stand for several things are taken for the first that fits.
    fn judge_form(
        &self,
        definitions: &Definitions,
        form: &FormRule,
        mode: Mode,
        read: impl Fn(bool) -> Result<Value, Refusal>,
    ) -> Result<Unfit, Refusal> {
        let judge = |as_text| {
            let value = read(as_text)?;
            let text = value.to_string();
            self.judge(definitions, value, text.as_bytes(), mode)
        };
        let fields = form.fields.values().chain(&form.others);
        let is_ambiguous = fields.map(|field| &field.shape).any(is_ambiguous);
        match judge(false) {
            Err(refusal) if is_ambiguous => judge(true).map_err(|_| refusal),
            judged => judged,
        }
    }
}
