//! Media types (RFC 9110 §8.3.1): what a request says its body is, and which rule is about that.

use std::collections::BTreeMap;

use crate::bodies::is_media_range;

/// A `Content-Type` in lower case, without its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType<'v> {
    pub essence: String,
    parameters: &'v str,
}

impl<'v> MediaType<'v> {
    /// Nothing for what is no media type.
    pub fn parse(value: &'v [u8]) -> Option<MediaType<'v>> {
        let text = std::str::from_utf8(value).ok()?.trim();
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim().to_ascii_lowercase();
        is_media_range(&essence).then_some(MediaType {
            essence,
            parameters,
        })
    }

    /// A parameter's value. Nothing where it is not there, twice, or escaped: what readers may differ on.
    pub fn parameter(&self, name: &str) -> Option<&'v str> {
        let mut found = self.parameters.split(';').filter_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case(name)
                .then_some(value.trim())
        });
        let (value, None) = (found.next()?, found.next()) else {
            return None;
        };
        let inside = value
            .strip_prefix('"')
            .map(|value| value.strip_suffix('"').unwrap_or("\""));
        let value = inside.unwrap_or(value);
        (!value.contains(['"', '\\'])).then_some(value)
    }

    /// UTF-8 is what JSON and forms are written in; another word for it is believed by some readers.
    pub fn is_utf8(&self) -> bool {
        let names_charset = self.parameters.to_ascii_lowercase().contains("charset");
        let charset = self.parameter("charset");
        !names_charset || charset.is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8"))
    }
}

/// JSON by its name (RFC 6838 §4.2.8, RFC 6839 §3.1).
pub fn is_json(essence: &str) -> bool {
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// The rule for a media type: its own, or that of the narrowest range it is in.
pub fn chosen<'r, Rule>(rules: &'r BTreeMap<String, Rule>, essence: &str) -> Option<&'r Rule> {
    let kind = essence.split_once('/').map_or(essence, |(kind, _)| kind);
    let rule = rules
        .get(essence)
        .or_else(|| rules.get(&format!("{kind}/*")));
    rule.or_else(|| rules.get("*/*"))
}

/// Whether a media type is one of `allowed`, types or ranges.
pub fn is_among(allowed: &[String], essence: &str) -> bool {
    allowed.iter().any(|range| match range.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => essence.split_once('/').is_some_and(|(own, _)| own == kind),
        None => range == essence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_its_essence_and_parameters_that_are_said_once() {
        let kind =
            MediaType::parse(b"Multipart/Form-Data; boundary=\"a b\"; Charset=UTF-8").unwrap();
        assert_eq!(kind.essence, "multipart/form-data");
        assert_eq!(kind.parameter("boundary"), Some("a b"));
        assert!(kind.is_utf8());
        for twice in ["a/b; x=1; x=1", "a/b; x=\"1\\\"\"", "a/b; x=\"1"] {
            assert_eq!(
                MediaType::parse(twice.as_bytes()).unwrap().parameter("x"),
                None,
                "{twice}"
            );
        }
        for none in ["", "json", "a/b/c", "a /b", "/", "a/"] {
            assert_eq!(MediaType::parse(none.as_bytes()), None, "{none}");
        }
        for other in [
            "a/json; charset=utf-16",
            "a/json; charset=utf-8; charset=utf-7",
        ] {
            assert!(
                !MediaType::parse(other.as_bytes()).unwrap().is_utf8(),
                "{other}"
            );
        }
    }

    #[test]
    fn the_narrowest_range_decides() {
        let rules = BTreeMap::from([("*/*", 0), ("text/*", 1), ("text/csv", 2)]);
        let rules = rules
            .into_iter()
            .map(|(range, rule)| (range.to_owned(), rule));
        let rules: BTreeMap<String, i32> = rules.collect();
        for (essence, rule) in [("text/csv", 2), ("text/html", 1), ("image/png", 0)] {
            assert_eq!(chosen(&rules, essence), Some(&rule));
        }
        assert!(is_among(&["image/*".into()], "image/png"));
        assert!(!is_among(&["image/*".into()], "text/png"));
    }
}
