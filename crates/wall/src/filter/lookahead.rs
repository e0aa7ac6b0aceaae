//! Which kind of object follows, before any of it is passed on.

use super::bounds::MAX_LOOKAHEAD_BYTES;
use super::fault::{Halt, Read, SYNTAX};
use super::scanner::{self, Text};
use super::steps;
use super::text::unescape;

/// What an object says of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The discriminator's characters; None: not there, not a string, or too far into the object.
    pub value: Option<Vec<u8>>,
    /// How far was looked.
    pub end: usize,
}

/// Finds the string member `property` of the object whose brace is at `open`; of several the first. Other members
/// are only passed over here: whether they are JSON is seen when they are read.
pub fn discriminator(input: &[u8], open: usize, property: &[u8]) -> Read<Kind> {
    let bound = open + MAX_LOOKAHEAD_BYTES;
    let end = bound.min(input.len());
    match find(&input[..end], open + 1, property) {
        Err(Halt::Starved) if end == bound => Ok(Kind { value: None, end }),
        other => other,
    }
}

fn find(input: &[u8], mut at: usize, property: &[u8]) -> Read<Kind> {
    let missing = |end| Ok(Kind { value: None, end });
    loop {
        at = scanner::whitespace(input, at);
        if byte(input, at)? == b'}' {
            return missing(at);
        }
        let (name, after) = string(input, at)?;
        at = scanner::whitespace(input, after);
        if byte(input, at)? != b':' {
            return Err(SYNTAX);
        }
        at = scanner::whitespace(input, at + 1);
        if name == property {
            return match byte(input, at)? {
                b'"' => string(input, at).map(|(value, end)| Kind {
                    value: Some(value),
                    end,
                }),
                _ => missing(at),
            };
        }
        at = scanner::whitespace(input, past(input, at)?);
        at += usize::from(byte(input, at)? == b',');
    }
}

fn byte(input: &[u8], at: usize) -> Read<u8> {
    input.get(at).copied().ok_or(Halt::Starved)
}

/// The characters of the string at `at`, and what is behind it.
fn string(input: &[u8], at: usize) -> Read<(Vec<u8>, usize)> {
    if byte(input, at)? != b'"' {
        return Err(SYNTAX);
    }
    let Text::Ended { after, .. } = scanner::string(input, at + 1)? else {
        return Err(Halt::Starved);
    };
    let mut text = Vec::new();
    unescape(&input[at + 1..after - 1], &mut text);
    Ok((text, after))
}

/// Behind the value at `at`.
fn past(input: &[u8], from: usize) -> Read<usize> {
    let (mut at, mut depth) = (from, 0_usize);
    loop {
        match byte(input, at)? {
            b'"' => match scanner::string(input, at + 1)? {
                Text::Ended { after, .. } => at = after,
                Text::Open { .. } => return Err(Halt::Starved),
            },
            b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
            b'}' | b']' | b',' if depth == 0 => return Ok(at),
            b'}' | b']' => (at, depth) = (at + 1, depth - 1),
            _ => at += 1,
        }
        steps::count(1);
    }
}
