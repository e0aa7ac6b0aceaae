//! Percent-encoded texts, and the pairs of a query or of a form.

use std::borrow::Cow;

use super::bounds::{MAX_NAME_BYTES, MAX_PAIRS};

/// A name and its value as it was written: delimiters are told from data before anything is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'q> {
    pub name: Cow<'q, str>,
    pub value: &'q str,
}

/// The pairs of a query or form. `a` is `a=`; nothing between two `&` is nothing.
pub fn pairs(text: &str) -> Result<Vec<Pair<'_>>, String> {
    let mut pairs = Vec::new();
    for written in text.split('&').filter(|written| !written.is_empty()) {
        if pairs.len() == MAX_PAIRS {
            return Err(format!("has more than {MAX_PAIRS} names"));
        }
        let (name, value) = written.split_once('=').unwrap_or((written, ""));
        let name = decoded(name, true)?;
        if name.len() > MAX_NAME_BYTES {
            return Err(format!("has a name of more than {MAX_NAME_BYTES} bytes"));
        }
        pairs.push(Pair { name, value });
    }
    Ok(pairs)
}

/// A text without its percent-encoding; `plus`: in which `+` is a space (forms, queries).
pub fn decoded(text: &str, plus: bool) -> Result<Cow<'_, str>, String> {
    let is_plain = |byte: u8| byte != b'%' && !(plus && byte == b'+');
    if text.bytes().all(is_plain) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let (value, length) = match byte {
            b'%' => (
                hex_pair(tail).ok_or("is not percent-encoded as it should be")?,
                3,
            ),
            b'+' if plus => (b' ', 1),
            other => (other, 1),
        };
        if value == 0 {
            return Err("holds a zero byte".to_owned());
        }
        bytes.push(value);
        rest = &rest[length..];
    }
    let text = String::from_utf8(bytes);
    text.map(Cow::Owned).map_err(|_| "is not UTF-8".to_owned())
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*bytes.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The query as it goes on: a `;` parts pairs for some readers (HTML 4), so it is encoded.
pub fn forwarded(query: &str) -> Cow<'_, str> {
    match query.contains(';') {
        true => Cow::Owned(query.replace(';', "%3B")),
        false => Cow::Borrowed(query),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_and_values_are_left_as_written() {
        let found = pairs("a=1%2C2&%62+c=3&&d&e=f=g").unwrap();
        let found: Vec<_> = found.iter().map(|pair| (&*pair.name, pair.value)).collect();
        assert_eq!(
            found,
            [("a", "1%2C2"), ("b c", "3"), ("d", ""), ("e", "f=g")]
        );
    }

    #[test]
    fn what_readers_decode_differently_is_refused() {
        for text in ["%", "%4", "%zz", "%ff", "%00", "%c0%af"] {
            assert!(decoded(text, false).is_err(), "{text}");
        }
        assert_eq!(decoded("a+b%20c", true).unwrap(), "a b c");
        assert_eq!(decoded("a+b", false).unwrap(), "a+b");
    }

    #[test]
    fn the_number_of_names_and_their_length_are_bounded() {
        assert!(pairs(&"a=1&".repeat(MAX_PAIRS)).is_ok());
        assert!(pairs(&"a=1&".repeat(MAX_PAIRS + 1)).is_err());
        assert!(pairs(&"a".repeat(MAX_NAME_BYTES + 1)).is_err());
    }

    #[test]
    fn a_semicolon_parts_nothing_behind_the_wall() {
        assert_eq!(forwarded("q=x;secret=1"), "q=x%3Bsecret=1");
    }
}
