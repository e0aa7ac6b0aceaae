//! Media types (RFC 9110 §8.3.1), as far as a contract names them.

use std::borrow::Cow;

use crate::filter::Framing;
use crate::token::is_token;

/// What `content-type` says, over all its fields.
#[derive(Debug, PartialEq, Eq)]
pub enum Media<'v> {
    /// `type/subtype` in lower case, without parameters.
    One(Cow<'v, str>),
    /// Nothing, two things, or nothing that can be read.
    Unknown,
}

impl<'v> Media<'v> {
    pub fn of(mut fields: impl Iterator<Item = &'v [u8]>) -> Media<'v> {
        let Some(first) = fields.next().and_then(essence) else {
            return Media::Unknown;
        };
        match fields.all(|other| essence(other).as_ref() == Some(&first)) {
            true => Media::One(first),
            false => Media::Unknown,
        }
    }
}

fn essence(field: &[u8]) -> Option<Cow<'_, str>> {
    const USUAL: &str = "application/json";
    // What most services say, word for word, is not read byte by byte.
    if field == USUAL.as_bytes() {
        return Some(USUAL.into());
    }
    let name = field.split(|byte| *byte == b';').next()?.trim_ascii();
    let name = std::str::from_utf8(name).ok();
    let name = name.filter(|name| is_media_range(name))?;
    // Nearly everyone writes it in lower case, which costs no copy.
    Some(match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => name.to_ascii_lowercase().into(),
        false => name.into(),
    })
}

/// Whether it is a media type, or a range of them (RFC 9110 §12.5.1), without parameters: a contract names both.
pub fn is_media_range(name: &str) -> bool {
    let parts = name.split_once('/');
    parts.is_some_and(|(kind, subtype)| is_token(kind.as_bytes()) && is_token(subtype.as_bytes()))
}

/// How JSON lies in a body of this media type; `None`: it is none of those that hold JSON.
pub fn framing(name: &str) -> Option<Framing> {
    match name {
        "application/json" | "text/json" => Some(Framing::Json),
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "application/json-lines" => Some(Framing::Lines),
        "application/json-seq" => Some(Framing::Sequence),
        "text/event-stream" => Some(Framing::Events),
        name if name.ends_with("+json") => Some(Framing::Json),
        name if name.ends_with("+json-seq") => Some(Framing::Sequence),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'v>(fields: &[&'v str]) -> Media<'v> {
        Media::of(fields.iter().map(|field| field.as_bytes()))
    }

    #[test]
    fn parameters_and_case_mean_nothing() {
        for field in [
            "application/json",
            "Application/JSON; charset=utf-8",
            " application/json ;x=\"a/b\"",
        ] {
            assert_eq!(
                of(&[field]),
                Media::One("application/json".into()),
                "{field}"
            );
        }
        assert_eq!(of(&["text/a", "text/A;q=1"]), Media::One("text/a".into()));
    }

    #[test]
    fn what_two_readers_could_read_differently_is_unknown() {
        for fields in [
            &[][..],
            &[""],
            &["json"],
            &["application/"],
            &["/json"],
            &["application/json, text/html"],
            &["application/json", "text/html"],
            &["application/json", ""],
            &["application/js on"],
        ] {
            assert_eq!(of(fields), Media::Unknown, "{fields:?}");
        }
    }

    #[test]
    fn a_contract_names_types_and_ranges() {
        for name in ["application/json", "*/*", "text/*", "application/x+json"] {
            assert!(is_media_range(name), "{name}");
        }
        for name in ["", "xml", "*", "a/", "/b", "a/b/c", "a /b"] {
            assert!(!is_media_range(name), "{name}");
        }
    }

    #[test]
    fn json_is_found_in_whatever_frame() {
        assert_eq!(framing("application/problem+json"), Some(Framing::Json));
        assert_eq!(framing("application/geo+json-seq"), Some(Framing::Sequence));
        assert_eq!(framing("application/x-ndjson"), Some(Framing::Lines));
        assert_eq!(framing("text/event-stream"), Some(Framing::Events));
        for other in [
            "application/xml",
            "text/plain",
            "application/jsonp",
            "multipart/mixed",
        ] {
            assert_eq!(framing(other), None, "{other}");
        }
    }
}
