//! Which record a call writes: the id, read off the path, the query, or a body.
//!
//! As with bindings, what two readers could take for two values is none: then the id is unknown, and said to be.

use crate::bindings::{QueryName, text, tokens, within};
use crate::bundle::{Mask, Record, RecordPlace};
use crate::filter::{MaskingKey, masked};
use crate::validation::{PathTemplate, decoded, read_json};

/// Of a body, what is looked at to find an id.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Of an id.
pub const MAX_ID_BYTES: usize = 200;

/// How an operation's writes are recorded.
#[derive(Debug, PartialEq, Eq)]
pub struct Recording {
    pub kind: Box<str>,
    sensitive: bool,
    source: Source,
}

#[derive(Debug, PartialEq, Eq)]
enum Source {
    Path(PathTemplate, String),
    Query(QueryName),
    Request(Vec<String>),
    Response(Vec<String>),
}

/// What stands for the id of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordId {
    Plain(String),
    /// Hex, keyed with the node's masking key.
    Hashed(String),
    /// Why there is none.
    Unknown(&'static str),
}

/// The body an id stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Request,
    Response,
}

impl Recording {
    /// An error: what could never be found in a request.
    pub fn new(record: Record, template: &str) -> Result<Recording, String> {
        let Record {
            kind,
            place,
            name,
            sensitive,
        } = record;
        let source = match place {
            RecordPlace::Path => {
                let template = PathTemplate::new(template)?;
                match template.names(&name) {
                    true => Source::Path(template, name),
                    false => return Err(format!("the path has no parameter `{name}`")),
                }
            }
            RecordPlace::Query => Source::Query(QueryName::new(name)),
            RecordPlace::Request => Source::Request(tokens(&name)?),
            RecordPlace::Response => Source::Response(tokens(&name)?),
        };
        Ok(Recording {
            kind: kind.into(),
            sensitive,
            source,
        })
    }

    /// The body that has the id, if one has.
    pub fn side(&self) -> Option<Side> {
        match self.source {
            Source::Path(..) | Source::Query(_) => None,
            Source::Request(_) => Some(Side::Request),
            Source::Response(_) => Some(Side::Response),
        }
    }

    /// What is known before anything is forwarded. `path`: behind the prefix of the API, as it was sent.
    pub fn of_target(&self, path: &str, query: Option<&str>) -> RecordId {
        let found = match &self.source {
            Source::Path(template, name) => template.value(path, name),
            Source::Query(name) => name.value(query),
            Source::Request(_) | Source::Response(_) => return RecordId::Unknown("not_read"),
        };
        found.map_or(RecordId::Unknown("not_there"), fit)
    }

    /// In the whole of the body that has it.
    pub fn of_body(&self, body: &[u8]) -> RecordId {
        let (Source::Request(tokens) | Source::Response(tokens)) = &self.source else {
            return RecordId::Unknown("not_read");
        };
        let Ok(body) = read_json(body) else {
            return RecordId::Unknown("not_json");
        };
        let found = body.as_object().and_then(|body| within(body, tokens));
        found
            .and_then(text)
            .map_or(RecordId::Unknown("not_there"), fit)
    }

    /// As it may be kept.
    pub fn kept(&self, id: RecordId, key: Option<&MaskingKey>) -> RecordId {
        match id {
            RecordId::Plain(id) if self.sensitive => {
                hashed(&self.kind, &id, key).map_or(RecordId::Unknown("no_key"), RecordId::Hashed)
            }
            id => id,
        }
    }
}

impl PathTemplate {
    /// The one value of a parameter, decoded.
    pub(crate) fn value(&self, path: &str, name: &str) -> Option<String> {
        let values = self.values(path).into_iter();
        let mut values = values.filter(|(known, _)| *known == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => decoded(value, false).ok().map(Into::into),
            _ => None,
        }
    }
}

/// What stands for a sensitive id; nothing without a key. The type is part of it: equal ids of two types are not seen
/// to be equal, nor to be what a mask shows of them.
pub fn hashed(kind: &str, id: &str, key: Option<&MaskingKey>) -> Option<String> {
    masked(Mask::Hash, &format!("record\n{kind}\n{id}"), key)
}

/// What would not stand in a line as it is, or fills it, is no id.
fn fit(id: String) -> RecordId {
    match id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
        true => RecordId::Unknown("unfit"),
        false => RecordId::Plain(id),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recording(place: &str, name: &str) -> Recording {
        let record = json!({"type": "order", "in": place, "name": name});
        Recording::new(serde_json::from_value(record).unwrap(), "/orders/{orderId}").unwrap()
    }

    fn plain(id: &str) -> RecordId {
        RecordId::Plain(id.to_owned())
    }

    #[test]
    fn an_id_is_read_off_the_target() {
        let path = recording("path", "orderId");
        assert_eq!(path.of_target("/orders/4%202", None), plain("4 2"));
        for (path_sent, why) in [
            ("/orders/%0A", "unfit"),
            ("/orders/%00", "not_there"),
            ("/orders/%ff", "not_there"),
        ] {
            let unknown = RecordId::Unknown(why);
            assert_eq!(path.of_target(path_sent, None), unknown, "{path_sent}");
        }
        let query = recording("query", "id");
        assert_eq!(query.of_target("/orders/1", Some("id=7")), plain("7"));
        for other in [None, Some("id=7&id=8"), Some("id=7&ID=8"), Some("id[]=7")] {
            let unknown = RecordId::Unknown("not_there");
            assert_eq!(query.of_target("/orders/1", other), unknown, "{other:?}");
        }
    }

    #[test]
    fn an_id_is_read_off_a_body_that_has_it_once() {
        let body = recording("response", "/order/id");
        for (text, id) in [
            (r#"{"order": {"id": 42}}"#, plain("42")),
            (r#"{"order": {"id": "a\nb"}}"#, RecordId::Unknown("unfit")),
            (
                r#"{"order": {"id": 1, "id": 2}}"#,
                RecordId::Unknown("not_json"),
            ),
            (r#"{"order": {"id": null}}"#, RecordId::Unknown("not_there")),
            (r#"{"order": [{"id": 1}]}"#, RecordId::Unknown("not_there")),
            ("", RecordId::Unknown("not_json")),
        ] {
            assert_eq!(body.of_body(text.as_bytes()), id, "{text}");
        }
    }

    #[test]
    fn an_id_is_bounded() {
        let path = recording("path", "orderId");
        let long = |length| format!("/orders/{}", "a".repeat(length));
        assert_eq!(
            path.of_target(&long(MAX_ID_BYTES), None),
            plain(&"a".repeat(MAX_ID_BYTES))
        );
        let unfit = RecordId::Unknown("unfit");
        assert_eq!(path.of_target(&long(MAX_ID_BYTES + 1), None), unfit);
    }

    #[test]
    fn a_sensitive_id_is_kept_as_a_hash_or_not_at_all() {
        let record = json!({"type": "card", "in": "path", "name": "orderId", "sensitive": true});
        let record = serde_json::from_value(record).unwrap();
        let recording = Recording::new(record, "/orders/{orderId}").unwrap();
        let key = MaskingKey::new(b"key");
        let kept = recording.kept(plain("42"), Some(&key));
        assert_eq!(
            kept,
            RecordId::Hashed(hashed("card", "42", Some(&key)).unwrap())
        );
        assert_ne!(
            hashed("card", "42", Some(&key)),
            hashed("order", "42", Some(&key))
        );
        assert_eq!(
            recording.kept(plain("42"), None),
            RecordId::Unknown("no_key")
        );
    }
}
