//! Tokens of RFC 8259 in a window of valid UTF-8. Positions in, positions out; nothing is copied.

use wide::u8x16;

use super::bounds::MAX_NUMBER_BYTES;
use super::fault::{FaultKind, Halt, Read, SYNTAX};
use super::graph::Plain;
use super::steps;

/// How far a string was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// `after`: behind the closing quote.
    Ended { after: usize, escaped: bool },
    /// The window ends first. Everything before `at` is read, no escape is cut.
    Open { at: usize },
}

/// Position of the first byte that is no whitespace (§2); the end of the window if there is none.
#[inline(always)]
pub fn whitespace(input: &[u8], at: usize) -> usize {
    match input.get(at) {
        Some(byte) if *byte <= b' ' => long_whitespace(input, at),
        _ => at,
    }
}

#[inline(never)]
fn long_whitespace(input: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(block) = input[at..].first_chunk() {
        let run = (!blanks(u8x16::new(*block))).trailing_zeros() as usize;
        at += run;
        if run < 16 {
            break;
        }
    }
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    at += input[at..].iter().take_while(|byte| is_blank(byte)).count();
    steps::count(at - from);
    at
}

/// One bit for each byte that is whitespace.
#[inline(always)]
fn blanks(block: u8x16) -> u32 {
    let is = |byte| block.simd_eq(u8x16::splat(byte));
    (is(b' ') | is(b'\t') | is(b'\n') | is(b'\r')).to_bitmask()
}

/// A string (§7) from behind its opening quote, or from anywhere in it but the middle of an escape.
#[inline(always)]
pub fn string(input: &[u8], from: usize) -> Read<Text> {
    let end = plain(input, from);
    if input.get(end) == Some(&b'"') {
        steps::count(end - from);
        let after = end + 1;
        return Ok(Text::Ended {
            after,
            escaped: false,
        });
    }
    rest_of_string(input, from, end)
}

/// Behind the string, from behind its opening quote, if it is one that ends in the window.
#[inline(always)]
pub fn ended_string(input: &[u8], from: usize) -> Option<usize> {
    match string(input, from) {
        Ok(Text::Ended { after, .. }) => Some(after),
        Ok(Text::Open { .. }) | Err(_) => None,
    }
}

/// The name at `at`, if it has no escape, and where the value behind its colon begins.
#[inline(always)]
pub fn plain_name(input: &[u8], at: usize) -> Option<(&[u8], usize)> {
    if *input.get(at)? != b'"' {
        return None;
    }
    let end = plain(input, at + 1);
    if *input.get(end)? != b'"' {
        return None;
    }
    let colon = whitespace(input, end + 1);
    let name = &input[at + 1..end];
    (*input.get(colon)? == b':').then(|| (name, whitespace(input, colon + 1)))
}

/// Its end, from `at` on, where a character does not stand for itself.
#[inline(never)]
fn rest_of_string(input: &[u8], from: usize, mut at: usize) -> Read<Text> {
    let mut escaped = false;
    let text = loop {
        match input.get(at) {
            Some(b'"') => {
                let after = at + 1;
                break Text::Ended { after, escaped };
            }
            Some(b'\\') => match escape(input, at) {
                Ok(after) => at = after,
                Err(Halt::Starved) => break Text::Open { at },
                Err(fault) => return Err(fault),
            },
            Some(_) => return Err(SYNTAX),
            None => break Text::Open { at },
        }
        escaped = true;
        at = plain(input, at);
    };
    steps::count(at - from);
    Ok(text)
}

/// Position of the first byte that does not stand for itself in a string: quote, backslash, control character.
#[inline(always)]
fn plain(input: &[u8], mut at: usize) -> usize {
    while let Some(block) = input[at..].first_chunk::<16>() {
        let special = special(u8x16::new(*block));
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += 16;
    }
    let is_plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    at + input[at..].iter().take_while(|byte| is_plain(byte)).count()
}

/// One bit for each byte that ends a plain run.
#[inline(always)]
fn special(block: u8x16) -> u32 {
    let control = block.simd_le(u8x16::splat(0x1f));
    let quote = block.simd_eq(u8x16::splat(b'"'));
    let backslash = block.simd_eq(u8x16::splat(b'\\'));
    (control | quote | backslash).to_bitmask()
}

/// Behind the escape at `at`; both halves of a surrogate pair are one escape.
fn escape(input: &[u8], at: usize) -> Read<usize> {
    match input.get(at + 1).ok_or(Halt::Starved)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
        b'u' => match code_unit(input, at)? {
            0xD800..=0xDBFF => low_surrogate(input, at + 6),
            0xDC00..=0xDFFF => Err(Halt::Fault(FaultKind::Surrogate)),
            _ => Ok(at + 6),
        },
        _ => Err(SYNTAX),
    }
}

fn low_surrogate(input: &[u8], at: usize) -> Read<usize> {
    let lone = Err(Halt::Fault(FaultKind::Surrogate));
    let follows = |offset: usize, byte: u8| input.get(at + offset).map(|found| *found == byte);
    match (follows(0, b'\\'), follows(1, b'u')) {
        (Some(true), Some(true)) => match code_unit(input, at)? {
            0xDC00..=0xDFFF => Ok(at + 6),
            _ => lone,
        },
        (Some(false), _) | (_, Some(false)) => lone,
        _ => Err(Halt::Starved),
    }
}

/// The code unit of the `\uXXXX` at `at`.
pub fn code_unit(input: &[u8], at: usize) -> Read<u16> {
    let digits = input
        .get(at + 2..input.len().min(at + 6))
        .unwrap_or_default();
    let mut unit = 0;
    for digit in digits {
        let value = char::from(*digit).to_digit(16).ok_or(SYNTAX)?;
        unit = unit << 4 | value as u16;
    }
    if digits.len() < 4 {
        Err(Halt::Starved)
    } else {
        Ok(unit)
    }
}

/// Behind the number (§6) at `at`. `last`: nothing comes after the window.
#[inline(always)]
pub fn number(input: &[u8], at: usize, last: bool) -> Read<usize> {
    let first = at + usize::from(input[at] == b'-');
    let end = match input.get(first) {
        Some(b'0') => first + 1,
        Some(b'1'..=b'9') => digits(input, first + 1),
        Some(_) => return Err(SYNTAX),
        None => return Err(Halt::Starved),
    };
    match input.get(end) {
        Some(b',' | b'}' | b']') if end - at <= MAX_NUMBER_BYTES => {
            steps::count(end - at);
            Ok(end)
        }
        _ => rest_of_number(input, at, end, last),
    }
}

/// Fraction and exponent, at `end`, of the number at `at`.
#[inline(never)]
fn rest_of_number(input: &[u8], at: usize, mut end: usize, last: bool) -> Read<usize> {
    if input.get(end) == Some(&b'.') {
        end = some_digits(input, end + 1)?;
    }
    if matches!(input.get(end), Some(b'e' | b'E')) {
        let signed = matches!(input.get(end + 1), Some(b'+' | b'-'));
        end = some_digits(input, end + 1 + usize::from(signed))?;
    }
    steps::count(end - at);
    if end - at > MAX_NUMBER_BYTES {
        return Err(Halt::Fault(FaultKind::NumberTooLong));
    }
    if end == input.len() && !last {
        Err(Halt::Starved)
    } else {
        Ok(end)
    }
}

/// Position of the first byte that is no digit.
#[inline(always)]
fn digits(input: &[u8], mut at: usize) -> usize {
    while let Some(block) = input[at..].first_chunk() {
        let run = leading_digits(u64::from_le_bytes(*block));
        at += run;
        if run < 8 {
            return at;
        }
    }
    at + input[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// How many of eight bytes, from the lowest on, are digits: 0x30 to 0x39, which stay below 0x40 when six is added.
#[inline(always)]
fn leading_digits(block: u64) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let high = |block: u64| (block & (0xF0 * EACH)) ^ (0x30 * EACH);
    let others = high(block) | high(block.wrapping_add(0x06 * EACH));
    others.trailing_zeros() as usize / 8
}

fn some_digits(input: &[u8], at: usize) -> Read<usize> {
    match input.get(at) {
        Some(byte) if byte.is_ascii_digit() => Ok(digits(input, at + 1)),
        Some(_) => Err(SYNTAX),
        None => Err(Halt::Starved),
    }
}

/// Behind the literal name (§3) at `at`.
#[inline(always)]
pub fn literal(input: &[u8], at: usize, name: &[u8]) -> Read<usize> {
    let rest = &input[at..];
    if rest.starts_with(name) {
        Ok(at + name.len())
    } else if name.starts_with(rest) {
        Err(Halt::Starved)
    } else {
        Err(SYNTAX)
    }
}

/// Behind the scalar at `at`, if it is one of these types, and ends in the window.
#[inline(always)]
pub fn scalar(input: &[u8], at: usize, types: Plain, last: bool) -> Option<usize> {
    match *input.get(at)? {
        b'"' if types.has(Plain::STRING) => ended_string(input, at + 1),
        b'-' | b'0'..=b'9' if types.has(Plain::NUMBER) => number(input, at, last).ok(),
        b't' if types.has(Plain::BOOLEAN) => literal(input, at, b"true").ok(),
        b'f' if types.has(Plain::BOOLEAN) => literal(input, at, b"false").ok(),
        b'n' if types.has(Plain::NULL) => literal(input, at, b"null").ok(),
        _ => None,
    }
}
