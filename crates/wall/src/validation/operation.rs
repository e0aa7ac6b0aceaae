//! One operation's requests.

use std::sync::{Arc, OnceLock};

use http::header;
use jsonschema::Validator;
use serde_json::Value;

use super::bounds::MAX_BYTES_FOR_ALL_FAULTS;
use super::fault::{Fault, Refusal};
use super::media_type::{self, MediaType};
use super::parameters::{Parameters, Sent};
use super::schema::{self, Definitions, Misfit, misfits};
use super::style::is_ambiguous;
use super::{cookies, form, json, multipart};
use crate::bundle::{BodyContent, BodyRule, FormRule, Held, ParameterPlace, RequestRule};
use crate::problem::Code;

/// Header fields of outer rings' requests that go on whatever the contract says: how a body is to be read and what
/// answer is wanted (RFC 9110 §8, §12, §13, §14), and who asks (§10.1.5). Sorted.
const STANDARD: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "api-version",
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "origin",
    "pragma",
    "range",
    "user-agent",
];

/// The same for gRPC and WebSockets, which say in them how the exchange goes on.
const PROTOCOLS: &[&str] = &["grpc-", "sec-websocket-"];

/// What an operation takes, and what is compiled of it so far.
#[derive(Debug)]
pub struct Operation {
    parameters: Parameters,
    /// Nothing: no parameter is asked for anything.
    schema: Option<Lazy>,
    body: Option<Body>,
    definitions: Arc<Definitions>,
}

#[derive(Debug)]
struct Body {
    rule: BodyRule,
    /// In the order of the media types.
    judges: Vec<(String, Judges)>,
}

/// Schema and closure.
#[derive(Debug)]
struct Judges {
    schema: Lazy,
    closure: Option<Lazy>,
}

/// How a request's body is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlan {
    /// There is none.
    None,
    /// As it comes: nobody looks into it.
    Stream,
    /// To its end, and then [`Operation::judge_body`].
    Whole,
}

impl Operation {
    pub(super) fn new(
        rule: RequestRule,
        template: &str,
        definitions: Arc<Definitions>,
    ) -> Result<Operation, String> {
        let schema = rule.schema.map(|text| serde_json::from_str(text.get()));
        let schema = schema.transpose().map_err(|error| error.to_string())?;
        Ok(Operation {
            parameters: Parameters::new(rule.parameters, template)?,
            schema: schema.map(Lazy::new),
            body: rule.body.map(Body::new),
            definitions,
        })
    }

    /// Everything beside the body.
    pub fn judge_parameters(&self, sent: &Sent<'_>) -> Result<(), Refusal> {
        let judged = self.parameters_as(sent, false);
        match judged {
            Err(refusal)
                if self.parameters.is_ambiguous && refusal.code == Code::RequestInvalid =>
            {
                self.parameters_as(sent, true).map_err(|_| refusal)
            }
            judged => judged,
        }
    }

    fn parameters_as(&self, sent: &Sent<'_>, as_text: bool) -> Result<(), Refusal> {
        let value = self.parameters.collect(sent, as_text)?;
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        let misfits = misfits(schema.get(&self.definitions)?, &value, true);
        refused(misfits, of_parameter)
    }

    /// Whether a client's header field goes on. `name` in lower case.
    pub fn passes_field(&self, name: &str) -> bool {
        STANDARD.binary_search(&name).is_ok()
            || PROTOCOLS.iter().any(|prefix| name.starts_with(prefix))
            || self.parameters.declares_field(name)
    }

    /// What goes on of a `Cookie` field.
    pub fn cookies(&self, field: &[u8]) -> Option<Vec<u8>> {
        cookies::sifted(field, |name| self.parameters.declares_cookie(name))
    }

    /// What is to be done with the body, before any of it is read. `fields`: of the request, every value of one.
    pub fn plan_body(&self, content: &Content<'_>) -> Result<BodyPlan, Refusal> {
        if !content.announced {
            return match &self.body {
                Some(body) if body.rule.required => Err(missing()),
                _ => Ok(BodyPlan::None),
            };
        }
        let Some(body) = &self.body else {
            let detail = "the operation takes no body";
            return Err(Refusal::unsupported(Fault::of_whole_body(detail)));
        };
        let (_, content, _) = body.chosen(content)?;
        Ok(match content {
            BodyContent::Opaque => BodyPlan::Stream,
            _ => BodyPlan::Whole,
        })
    }

    /// A whole body. Empty bodies are none.
    pub fn judge_body(&self, content: &Content<'_>, bytes: &[u8]) -> Result<(), Refusal> {
        let Some(body) = &self.body else {
            return Ok(());
        };
        if bytes.is_empty() {
            return match body.rule.required {
                true => Err(missing()),
                false => Ok(()),
            };
        }
        let (kind, content, judges) = body.chosen(content)?;
        match content {
            BodyContent::Opaque => Ok(()),
            BodyContent::Json(_) => {
                let value = json::read(bytes)
                    .map_err(|why| Refusal::malformed(Fault::of_whole_body(why)))?;
                judges.judge(&self.definitions, &value, bytes.len())
            }
            BodyContent::Form(fields) => {
                let read = |as_text| form::urlencoded(fields, bytes, as_text);
                self.judge_form(fields, judges, bytes.len(), read)
            }
            BodyContent::Multipart(fields) => {
                let read = |as_text| multipart::object(fields, &kind, bytes, as_text);
                self.judge_form(fields, judges, bytes.len(), read)
            }
        }
    }

    /// Texts that may stand for several things are taken for the first that fits.
    fn judge_form(
        &self,
        fields: &FormRule,
        judges: &Judges,
        length: usize,
        read: impl Fn(bool) -> Result<Value, Refusal>,
    ) -> Result<(), Refusal> {
        let judged = judges.judge(&self.definitions, &read(false)?, length);
        let all = fields.fields.values().chain(&fields.others);
        let ambiguous = all.map(|field| &field.shape).any(is_ambiguous);
        match judged {
            Err(refusal) if ambiguous => {
                let again = judges.judge(&self.definitions, &read(true)?, length);
                again.map_err(|_| refusal)
            }
            judged => judged,
        }
    }
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

impl Body {
    fn new(rule: BodyRule) -> Body {
        let judges = rule.content.iter().map(|(range, content)| {
            let judges = match content {
                BodyContent::Json(held) => Judges::new(held),
                BodyContent::Form(fields) | BodyContent::Multipart(fields) => {
                    Judges::new(&fields.held)
                }
                BodyContent::Opaque => Judges::of_nothing(),
            };
            (range.clone(), judges)
        });
        let judges = judges.collect();
        Body { rule, judges }
    }

    fn chosen<'b, 'r>(
        &'b self,
        content: &Content<'r>,
    ) -> Result<(MediaType<'r>, &'b BodyContent, &'b Judges), Refusal> {
        let unsupported = |detail: String| Refusal::unsupported(Fault::of_whole_body(detail));
        if content.encoded {
            return Err(unsupported("must come without Content-Encoding".to_owned()));
        }
        let kind = content.media_type.and_then(MediaType::parse);
        let kind = kind.filter(MediaType::is_utf8);
        let found = kind.and_then(|kind| {
            let range = media_type::chosen(&self.rule.content, &kind.essence)?;
            Some((kind, range))
        });
        let Some((kind, (range, rule))) = found else {
            let declared: Vec<&str> = self.rule.content.keys().map(String::as_str).collect();
            return Err(unsupported(format!("must be {}", declared.join(" or "))));
        };
        let judges = self.judges.iter().find(|(own, _)| own == range);
        match judges {
            Some((_, judges)) => Ok((kind, rule, judges)),
            None => Err(unsupported("cannot be judged".to_owned())),
        }
    }
}

impl Judges {
    fn new(held: &Held) -> Judges {
        let named = |name: &String| Lazy::new(schema::reference(name));
        Judges {
            schema: named(&held.schema),
            closure: held.closure.as_ref().map(named),
        }
    }

    fn of_nothing() -> Judges {
        Judges {
            schema: Lazy::new(Value::Bool(true)),
            closure: None,
        }
    }

    /// FormRule nobody may set first: they are what a client most likely got wrong, and never what it must not know.
    fn judge(
        &self,
        definitions: &Definitions,
        value: &Value,
        length: usize,
    ) -> Result<(), Refusal> {
        let all = length <= MAX_BYTES_FOR_ALL_FAULTS;
        let mut found = match &self.closure {
            Some(closure) => misfits(closure.get(definitions)?, value, all),
            None => Vec::new(),
        };
        found.extend(misfits(self.schema.get(definitions)?, value, all));
        refused(found, |misfit| {
            Fault::of_body(&misfit.pointer, misfit.expected)
        })
    }
}

fn refused(misfits: Vec<Misfit>, told: impl Fn(Misfit) -> Fault) -> Result<(), Refusal> {
    match misfits.is_empty() {
        true => Ok(()),
        false => Err(Refusal::invalid(misfits.into_iter().map(told).collect())),
    }
}

/// `/query/limit/0` → `limit` of the query, its first item.
fn of_parameter(misfit: Misfit) -> Fault {
    let mut tokens = misfit.pointer.splitn(4, '/').skip(1);
    let place = tokens.next().unwrap_or("");
    let name = tokens.next().unwrap_or("");
    let name = name.replace("~1", "/").replace("~0", "~");
    let known = ParameterPlace::ALL
        .into_iter()
        .find(|known| known.as_str() == place);
    let place = known.unwrap_or(ParameterPlace::Query);
    let fault = Fault::of_parameter(place, &name, misfit.expected);
    match tokens.next() {
        Some(inside) => fault.within(&format!("/{inside}")),
        None => fault,
    }
}

fn missing() -> Refusal {
    Refusal::invalid(vec![Fault::of_whole_body("is required")])
}

/// A validator that is compiled when it is first asked.
#[derive(Debug)]
struct Lazy {
    schema: Value,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Lazy {
    fn new(schema: Value) -> Lazy {
        Lazy {
            schema,
            compiled: OnceLock::new(),
        }
    }

    /// What does not compile was not published; if it is here all the same, nothing passes.
    fn get(&self, definitions: &Definitions) -> Result<&Validator, Refusal> {
        let compiled = self
            .compiled
            .get_or_init(|| schema::compiled(&self.schema, definitions));
        compiled.as_ref().map_err(|why| Refusal::fault(why))
    }
}
