//! One normalisation of the request target: what is matched is what is logged is what the upstream gets.
//!
//! | sent | becomes |
//! |---|---|
//! | origin-form `/a/b?q` | path and query |
//! | absolute-form `https://host/a` | the same, if its authority equals `Host` (RFC 9112 §3.2.2) |
//! | authority-form, `*`, methods CONNECT and TRACE | unusable |
//! | `%41` (an unreserved character) | `A` |
//! | `%3a` (any other) | `%3A`, kept encoded |
//! | raw `"` `<` `>` `[` `]` `^` `` ` `` `{` `\|` `}` | percent-encoded |
//! | `%2F` `%5C` `\` | unusable: a slash to some, a character to others |
//! | control bytes raw or encoded, `%00`, spaces, `#` | unusable |
//! | raw non-ASCII, encoded bytes that are not UTF-8 (overlong forms too) | unusable |
//! | `.` and `..` segments, raw or encoded | unusable |
//! | empty segments (`//`) | unusable; one trailing slash is a path of its own |
//! | `;` raw or encoded | unusable: matrix parameters are cut off by some |
//! | `%25` before two hex digits | unusable: a second decoder would see another path |
//! | query | as sent, if visible ASCII without `#` |
//! | more than 8 KiB | unusable |
//!
//! Whoever cannot be normalised is "not found", never told apart (law 2): the reason is for the log.

use std::borrow::Cow;

use crate::token::is_token;

pub const MAX_TARGET_BYTES: usize = 8 * 1024;
const MAX_HOST_BYTES: usize = 255;

/// Why a target cannot be used; for the log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable(pub &'static str);

/// A request target in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Starts with `/`.
    pub path: Cow<'a, str>,
    /// Without `?`, as sent.
    pub query: Option<&'a str>,
    /// Lower case, without port and trailing dot.
    pub host: Cow<'a, str>,
}

impl<'a> Target<'a> {
    pub fn normalise(
        method: &str,
        target: &'a [u8],
        host: Option<&'a [u8]>,
    ) -> Result<Target<'a>, Unusable> {
        usable_method(method)?;
        if target.len() > MAX_TARGET_BYTES {
            return Err(Unusable("target is longer than 8 KiB"));
        }
        let host = normalise_host(host.ok_or(Unusable("no Host"))?)?;
        let (path, query) = split_query(origin_form(target, &host)?)?;
        Ok(Target {
            path: normalise_path(path)?,
            query,
            host,
        })
    }
}

/// RFC 9110 §9.1: a token. CONNECT and TRACE speak to the proxy, never to an operation.
fn usable_method(method: &str) -> Result<(), Unusable> {
    match method {
        "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" => Ok(()),
        "CONNECT" | "TRACE" => Err(Unusable("CONNECT and TRACE are not served")),
        "" => Err(Unusable("no method")),
        _ if is_token(method.as_bytes()) => Ok(()),
        _ => Err(Unusable("method is not a token")),
    }
}

/// Path and query of an origin-form or absolute-form target.
fn origin_form<'a>(target: &'a [u8], host: &str) -> Result<&'a [u8], Unusable> {
    if target.first() == Some(&b'/') {
        return Ok(target);
    }
    let after_scheme = [&b"https://"[..], b"http://"]
        .iter()
        .find(|scheme| {
            target.len() >= scheme.len() && target[..scheme.len()].eq_ignore_ascii_case(scheme)
        })
        .map(|scheme| &target[scheme.len()..])
        .ok_or(Unusable("neither origin-form nor absolute-form"))?;
    let end = after_scheme
        .iter()
        .position(|b| matches!(b, b'/' | b'?' | b'#'))
        .unwrap_or(after_scheme.len());
    if normalise_host(&after_scheme[..end])? != host {
        return Err(Unusable("absolute-form authority is not Host"));
    }
    match &after_scheme[end..] {
        b"" => Ok(b"/"),
        rest if rest[0] == b'/' => Ok(rest),
        _ => Err(Unusable("absolute-form without a path")),
    }
}

fn split_query(target: &[u8]) -> Result<(&[u8], Option<&str>), Unusable> {
    let Some(mark) = target.iter().position(|&b| b == b'?') else {
        return Ok((target, None));
    };
    let query = &target[mark + 1..];
    if !query.iter().all(|&b| b.is_ascii_graphic() && b != b'#') {
        return Err(Unusable(
            "query has a byte that is not visible ASCII, or a fragment",
        ));
    }
    let query = std::str::from_utf8(query).map_err(|_| Unusable("query is not ASCII"))?;
    Ok((&target[..mark], Some(query)))
}

/// Lower case, without port and trailing dot; IPv6 literals keep their brackets.
pub fn normalise_host(host: &[u8]) -> Result<Cow<'_, str>, Unusable> {
    if host.len() > MAX_HOST_BYTES {
        return Err(Unusable("host is too long"));
    }
    let text = std::str::from_utf8(host).map_err(|_| Unusable("host is not ASCII"))?;
    let (name, port) = match text.strip_prefix('[').and_then(|inner| inner.find(']')) {
        Some(end) => (
            &text[..end + 2],
            text[end + 2..]
                .strip_prefix(':')
                .or(text[end + 2..].is_empty().then_some("")),
        ),
        None => text
            .split_once(':')
            .map_or((text, Some("")), |(name, port)| (name, Some(port))),
    };
    if !port.is_some_and(|port| port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())) {
        return Err(Unusable("host has a port that is none"));
    }
    let name = if name.starts_with('[') {
        name
    } else {
        name.strip_suffix('.').unwrap_or(name)
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let inside = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let valid = match inside {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(legal),
    };
    if !valid {
        return Err(Unusable("host is not a name or an address"));
    }
    Ok(if name.bytes().any(|b| b.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    })
}

/// The path in normal form; borrowed when it already is.
pub fn normalise_path(path: &[u8]) -> Result<Cow<'_, str>, Unusable> {
    if path.first() != Some(&b'/') {
        return Err(Unusable("path does not begin with a slash"));
    }
    let plain = path.iter().all(|&b| PLAIN[usize::from(b)]);
    let normal = if plain {
        Cow::Borrowed(std::str::from_utf8(path).map_err(|_| Unusable("path is not ASCII"))?)
    } else {
        Cow::Owned(rewrite(path)?)
    };
    usable_segments(&normal)?;
    Ok(normal)
}

/// What stays as it is: unreserved characters and the delimiters RFC 3986 allows in a segment, without `;`.
const fn is_plain(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'!' | b'$' | b'&' | b'\''..=b',' | b'=' | b':' | b'@')
}

/// [`is_plain`] or a slash, of every byte.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = byte as u8 == b'/' || is_plain(byte as u8);
        byte += 1;
    }
    plain
};

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn rewrite(path: &[u8]) -> Result<String, Unusable> {
    let mut normal = String::with_capacity(path.len() + 16);
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, tail)) = rest.split_first() {
        let (value, length) = if byte == b'%' {
            (triplet(rest)?, 3)
        } else {
            (raw(byte)?, 1)
        };
        decoded.push(value);
        if is_unreserved(value) || (length == 1 && (value == b'/' || is_plain(value))) {
            normal.push(char::from(value));
        } else {
            push_encoded(&mut normal, value);
        }
        rest = if length == 3 { &rest[3..] } else { tail };
    }
    std::str::from_utf8(&decoded).map_err(|_| Unusable("percent-encoded bytes are not UTF-8"))?;
    Ok(normal)
}

/// A raw byte of a path.
fn raw(byte: u8) -> Result<u8, Unusable> {
    match byte {
        b'\\' => Err(Unusable("backslash")),
        b';' => Err(Unusable("matrix parameter")),
        b'#' => Err(Unusable("fragment")),
        byte if byte.is_ascii_graphic() => Ok(byte),
        _ => Err(Unusable("control byte, space or raw non-ASCII")),
    }
}

/// The byte a percent-encoded triplet at the start of `rest` stands for.
fn triplet(rest: &[u8]) -> Result<u8, Unusable> {
    let value = hex_pair(&rest[1..]).ok_or(Unusable("malformed percent-encoding"))?;
    match value {
        b'/' | b'\\' => Err(Unusable("encoded slash or backslash")),
        b';' => Err(Unusable("encoded matrix parameter")),
        0x00..=0x1f | 0x7f => Err(Unusable("encoded control byte")),
        b'%' if hex_pair(&rest[3..]).is_some() => Err(Unusable("double percent-encoding")),
        value => Ok(value),
    }
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*bytes.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn push_encoded(text: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(HEX[usize::from(byte >> 4)]));
    text.push(char::from(HEX[usize::from(byte & 15)]));
}

/// No dot segments, no empty ones but the last (a trailing slash).
fn usable_segments(path: &str) -> Result<(), Unusable> {
    let bytes = path.as_bytes();
    // Each is behind a slash, so one look at every slash finds them all.
    for slash in memchr::memchr_iter(b'/', bytes) {
        match &bytes[slash + 1..] {
            [b'/', ..] => return Err(Unusable("empty segment")),
            [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..] => {
                return Err(Unusable("dot segment"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Every percent-encoded byte of a normal path decoded; `None` if it was not in normal form.
pub(crate) fn decode(normal: &str) -> Option<Cow<'_, str>> {
    if !normal.contains('%') {
        return Some(Cow::Borrowed(normal));
    }
    let mut decoded = Vec::with_capacity(normal.len());
    let mut rest = normal.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let encoded = (byte == b'%').then(|| hex_pair(tail)).flatten();
        decoded.push(encoded.unwrap_or(byte));
        rest = if encoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

/// A literal of an OpenAPI path template in the normal form of request paths: what a document writes raw
/// (spaces, `é`) is percent-encoded first.
pub(crate) fn normalise_literal(literal: &str) -> Result<String, Unusable> {
    let mut ascii = String::with_capacity(literal.len() + 1);
    ascii.push('/');
    for byte in literal.bytes() {
        if byte == b' ' || !byte.is_ascii() {
            push_encoded(&mut ascii, byte);
        } else {
            ascii.push(char::from(byte));
        }
    }
    if literal.contains(['/', '?']) {
        return Err(Unusable("slash or question mark inside a segment"));
    }
    rewrite(ascii.as_bytes()).map(|normal| normal[1..].to_owned())
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
