//! `tracestate` (Trace Context §3.3): passed on whole, shortened by whole members, or not at all.

use http::{HeaderMap, HeaderValue};

use super::TRACESTATE;

const MAX_MEMBERS: usize = 32;
/// What everybody is to pass on at least; here it is the most as well.
const MAX_BYTES: usize = 512;
/// Members longer than this go first (§3.3.1.5).
const LONG_MEMBER_BYTES: usize = 128;
const MAX_KEY_BYTES: usize = 256;
const MAX_VALUE_BYTES: usize = 256;

/// `None`: nothing was said, or something in it is malformed, which discards all of it (§4.3).
pub fn of(request: &HeaderMap) -> Option<HeaderValue> {
    let values = request.get_all(&TRACESTATE);
    let first = values.iter().next()?;
    let mut members: Vec<&[u8]> = Vec::new();
    for member in values
        .iter()
        .flat_map(|value| value.as_bytes().split(|&b| b == b','))
    {
        match member.trim_ascii() {
            // Empty members are allowed, and mean nothing (§3.3.1.1).
            b"" => continue,
            member if is_member(member) && members.len() < MAX_MEMBERS => members.push(member),
            _ => return None,
        }
    }
    if members.is_empty() {
        return None;
    }
    // What nearly every caller sends: one field that fits.
    if values.iter().nth(1).is_none() && first.len() <= MAX_BYTES {
        return Some(first.clone());
    }
    HeaderValue::from_bytes(&shortened(members).join(&b","[..])).ok()
}

/// Whole members, the long ones and then the oldest left out until they fit.
fn shortened(mut members: Vec<&[u8]>) -> Vec<&[u8]> {
    let bytes = |members: &[&[u8]]| members.iter().map(|member| member.len() + 1).sum::<usize>();
    if bytes(&members) > MAX_BYTES + 1 {
        members.retain(|member| member.len() <= LONG_MEMBER_BYTES);
    }
    while bytes(&members) > MAX_BYTES + 1 {
        members.pop();
    }
    members
}

/// `key=value` (§3.3.1.2, §3.3.1.3).
fn is_member(member: &[u8]) -> bool {
    let Some(equals) = member.iter().position(|&b| b == b'=') else {
        return false;
    };
    let (key, value) = (&member[..equals], &member[equals + 1..]);
    is_key(key) && is_value(value)
}

fn is_key(key: &[u8]) -> bool {
    let first = key
        .first()
        .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = |b: &u8| {
        b.is_ascii_lowercase()
            || b.is_ascii_digit()
            || matches!(b, b'_' | b'-' | b'*' | b'/' | b'@')
    };
    first && key.len() <= MAX_KEY_BYTES && key.iter().all(rest)
}

/// Visible ASCII and space, no comma and no equals sign; it was trimmed, so it does not end in a space.
fn is_value(value: &[u8]) -> bool {
    let allowed = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b',' | b'=');
    (1..=MAX_VALUE_BYTES).contains(&value.len()) && value.iter().all(allowed)
}
