//! What a request presents: an API key in `X-Api-Key` or `Authorization: Bearer rw_…`, or a token in
//! `Authorization: Bearer …` (RFC 6750 §2.1).

use http::header::AUTHORIZATION;

use crate::fate::{Field, Headers};
use crate::headers::X_API_KEY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented<'h> {
    Nothing,
    Key(&'h str),
    /// Repeated, contradictory or no text: refused, whatever else is there.
    Ambiguous(&'static str),
}

/// Another use of `Authorization` is none of our business: it passes to the upstream.
pub fn presented_key<H: Headers + ?Sized>(headers: &H) -> Presented<'_> {
    let named = match headers.field(&X_API_KEY) {
        Field::Repeated => return Presented::Ambiguous("x-api-key came more than once"),
        Field::Once(value) => match std::str::from_utf8(value) {
            Ok(text) => Some(text.trim()),
            Err(_) => return Presented::Ambiguous("x-api-key is no text"),
        },
        Field::Absent => None,
    };
    let bearer = match headers.field(&AUTHORIZATION) {
        Field::Repeated => return Presented::Ambiguous("authorization came more than once"),
        Field::Once(value) => bearer_key(value),
        Field::Absent => None,
    };
    match (named, bearer) {
        (Some(named), Some(bearer)) if named != bearer => {
            Presented::Ambiguous("two different keys")
        }
        (Some(key), _) | (None, Some(key)) => Presented::Key(key),
        (None, None) => Presented::Nothing,
    }
}

/// An access token as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentedToken<'h> {
    pub text: &'h [u8],
    /// With the scheme of those that need a proof beside them (RFC 9449 §7.1).
    pub with_proof: bool,
}

/// The token of an outside issuer, where the ring accepts any: whatever is no key of ours.
pub fn presented_token<H: Headers + ?Sized>(
    headers: &H,
) -> Result<Option<PresentedToken<'_>>, &'static str> {
    let value = match headers.field(&AUTHORIZATION) {
        Field::Absent => return Ok(None),
        Field::Repeated => return Err("authorization came more than once"),
        Field::Once(value) => value,
    };
    let (scheme, text) = split_scheme(value);
    let with_proof = scheme.eq_ignore_ascii_case(b"dpop");
    Ok(carries_token(value).then_some(PresentedToken { text, with_proof }))
}

/// Whether an `Authorization` value presents a token of somebody else's.
pub fn carries_token(authorization: &[u8]) -> bool {
    let (scheme, token) = split_scheme(authorization);
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && !token.starts_with(b"rw_");
    is_bearer || scheme.eq_ignore_ascii_case(b"dpop")
}

/// Whether an `Authorization` value is for the wall and must not reach an upstream.
pub fn carries_key(authorization: &[u8]) -> bool {
    let (scheme, token) = split_scheme(authorization);
    scheme.eq_ignore_ascii_case(b"bearer") && token.starts_with(b"rw_")
}

fn bearer_key(authorization: &[u8]) -> Option<&str> {
    carries_key(authorization)
        .then(|| std::str::from_utf8(split_scheme(authorization).1).unwrap_or("rw_"))
}

fn split_scheme(authorization: &[u8]) -> (&[u8], &[u8]) {
    let trimmed = authorization.trim_ascii();
    let end = trimmed
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(trimmed.len());
    (&trimmed[..end], trimmed[end..].trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(fields: &[(&str, &str)]) -> String {
        let fields: Vec<(String, Vec<u8>)> = fields
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        match presented_key(&fields) {
            Presented::Nothing => "nothing".into(),
            Presented::Key(key) => key.into(),
            Presented::Ambiguous(_) => "ambiguous".into(),
        }
    }

    #[test]
    fn one_key_in_either_field_is_presented_and_two_are_refused() {
        for (fields, expected) in [
            (&[][..], "nothing"),
            (&[("x-api-key", " rw_a ")], "rw_a"),
            (&[("x-api-key", "anything")], "anything"),
            (&[("authorization", "Bearer rw_a")], "rw_a"),
            (&[("authorization", "bearer   rw_a ")], "rw_a"),
            (&[("authorization", "Basic cnc6cnc=")], "nothing"),
            (&[("authorization", "Bearer eyJhbGciOi")], "nothing"),
            (
                &[("x-api-key", "rw_a"), ("authorization", "Bearer rw_a")],
                "rw_a",
            ),
            (
                &[("x-api-key", "rw_a"), ("authorization", "Bearer rw_b")],
                "ambiguous",
            ),
            (
                &[("x-api-key", "rw_a"), ("authorization", "Basic x")],
                "rw_a",
            ),
            (&[("x-api-key", "rw_a"), ("x-api-key", "rw_a")], "ambiguous"),
            (
                &[
                    ("authorization", "Bearer rw_a"),
                    ("authorization", "Basic x"),
                ],
                "ambiguous",
            ),
        ] {
            assert_eq!(presented(fields), expected, "{fields:?}");
        }
    }
}
