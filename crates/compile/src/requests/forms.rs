//! Forms: how each field of one is written.

use serde_json::Value;
use wall::bundle::{Field, FormRule, Held, ValueForm};

use super::Compiler;
use super::bodies::is_json_type;
use super::parameters::of_field;
use super::shape::Kinds;
use crate::media_range;

impl<'a> Compiler<'a, '_> {
    /// `application/x-www-form-urlencoded` (OpenAPI 3.1 §4.8.14.3).
    pub(super) fn form(&self, held: Held, kinds: &Kinds<'a>, encoding: Option<&Value>) -> FormRule {
        self.rule(held, kinds, |name, schemas| {
            let kinds = Kinds::of(self.source, schemas);
            let said = of_field(encoding.and_then(|all| all.get(name)));
            let form = said.unwrap_or(match kinds.is_nested(self.source) || kinds.is_object() {
                true => ValueForm::Json,
                false => ValueForm::FormExploded,
            });
            Field {
                form,
                shape: kinds.shape(self.source),
                opaque: false,
                media_types: Vec::new(),
            }
        })
    }

    /// `multipart/form-data` (OpenAPI 3.1 §4.8.14.4, §4.8.15).
    pub(super) fn multipart(
        &self,
        held: Held,
        kinds: &Kinds<'a>,
        encoding: Option<&Value>,
    ) -> FormRule {
        self.rule(held, kinds, |name, schemas| {
            let kinds = Kinds::of(self.source, schemas);
            let own = encoding.and_then(|all| all.get(name));
            let media_types = media_types(own);
            let is_json = kinds.is_nested(self.source) || kinds.is_object();
            let reads_json =
                media_types.is_empty() || media_types.iter().all(|range| is_json_type(range));
            let opaque =
                kinds.is_binary(self.source) || (!media_types.is_empty() && !is_read(&media_types));
            let form = match of_field(own) {
                Some(form) => form,
                None if is_json && reads_json => ValueForm::Json,
                None => ValueForm::FormExploded,
            };
            Field {
                form,
                shape: kinds.shape(self.source),
                opaque: opaque && !is_json,
                media_types,
            }
        })
    }

    fn rule(
        &self,
        held: Held,
        kinds: &Kinds<'a>,
        field: impl Fn(&str, &[&'a Value]) -> Field,
    ) -> FormRule {
        let fields = kinds.properties.iter();
        let fields = fields.map(|(name, schemas)| ((*name).to_owned(), field(name, schemas)));
        FormRule {
            held,
            fields: fields.collect(),
            others: (!kinds.others.is_empty()).then(|| field("", &kinds.others)),
        }
    }
}

fn media_types(encoding: Option<&Value>) -> Vec<String> {
    let said = encoding.and_then(|encoding| encoding.get("contentType")?.as_str());
    let said = said.into_iter().flat_map(|said| said.split(','));
    let ranges = said.map(media_range);
    ranges.filter(|range| !range.is_empty()).collect()
}

/// Text and JSON are read; other media types are bytes.
fn is_read(media_types: &[String]) -> bool {
    media_types
        .iter()
        .all(|range| range.starts_with("text/") || is_json_type(range))
}
