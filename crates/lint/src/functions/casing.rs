//! `casing`: how names are written.

use serde_json::Value as Json;

use super::{Input, Problem, asked_text, text};
use crate::regexp::Regexp;
use crate::subject::View;

pub struct Casing {
    kind: String,
    regexp: Regexp,
    /// A separator that may stand alone.
    alone: Option<String>,
}

/// Expressions of the kinds; `#` stands for digits.
const KINDS: [(&str, &str); 7] = [
    ("flat", "[a-z][a-z#]*"),
    ("camel", "[a-z][a-z#]*(?:[A-Z#](?:[a-z#]+|$))*"),
    ("pascal", "[A-Z][a-z#]*(?:[A-Z#](?:[a-z#]+|$))*"),
    ("kebab", "[a-z][a-z#]*(?:-[a-z#]+)*"),
    ("cobol", "[A-Z][A-Z#]*(?:-[A-Z#]+)*"),
    ("snake", "[a-z][a-z#]*(?:_[a-z#]+)*"),
    ("macro", "[A-Z][A-Z#]*(?:_[A-Z#]+)*"),
];

impl Casing {
    pub fn new(options: &Json) -> Result<Casing, String> {
        let kind = text(options, "type")?.unwrap_or_default();
        let Some((_, body)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            return Err(format!("`type` must be one of {}", known.join(", ")));
        };
        let digits = !options
            .get("disallowDigits")
            .is_some_and(|value| value == &Json::Bool(true));
        let body = body.replace('#', if digits { "0-9" } else { "" });
        let separator = options.get("separator");
        let Some(separator) = separator else {
            return Casing::of(kind, &format!("^{body}$"), None);
        };
        let character = text(separator, "char")?.ok_or("`separator` needs `char`")?;
        let leading = separator.get("allowLeading") == Some(&Json::Bool(true));
        let quoted: String = character.chars().map(|one| format!("\\{one}")).collect();
        let quoted = if character.chars().all(char::is_alphanumeric) {
            character.clone()
        } else {
            quoted
        };
        let optional = if leading {
            format!("{quoted}?")
        } else {
            String::new()
        };
        let body = format!("^{optional}{body}(?:{quoted}{body})*$");
        Casing::of(kind, &body, leading.then_some(character))
    }

    fn of(kind: String, body: &str, alone: Option<String>) -> Result<Casing, String> {
        Ok(Casing {
            kind,
            regexp: Regexp::new(body, "")?,
            alone,
        })
    }

    pub fn check(&self, view: View<'_>, input: &Input) -> Vec<Problem> {
        match asked_text(view, input) {
            None | Some("") => Vec::new(),
            Some(text) if self.alone.as_deref() == Some(text) || self.regexp.is_match(text) => {
                Vec::new()
            }
            Some(_) => vec![Problem::new(format!("must be {} case", self.kind))],
        }
    }
}
