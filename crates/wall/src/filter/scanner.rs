//! Tokens of RFC 8259 in a window of valid UTF-8. Positions in, positions out; nothing is copied.

use wide::u8x16;

use super::bounds::MAX_NUMBER_BYTES;
use super::fault::{FaultKind, Halt, Read, SYNTAX};
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
#[inline]
pub fn whitespace(input: &[u8], at: usize) -> usize {
    match input.get(at) {
        Some(byte) if *byte <= b' ' => long_whitespace(input, at),
        _ => at,
    }
}

#[cold]
fn long_whitespace(input: &[u8], at: usize) -> usize {
    let rest = &input[at..];
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let end = at + rest.iter().take_while(|byte| is_blank(byte)).count();
    steps::count(end - at);
    end
}

/// A string (§7) from behind its opening quote, or from anywhere in it but the middle of an escape.
#[inline]
pub fn string(input: &[u8], from: usize) -> Read<Text> {
    let mut at = from;
    let mut escaped = false;
    let text = loop {
        at = plain(input, at);
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
    };
    steps::count(at - from);
    Ok(text)
}

/// Behind the string, from behind its opening quote, if it ends in the window and has no escape.
#[inline(always)]
pub fn plain_string(input: &[u8], from: usize) -> Option<usize> {
    let end = plain(input, from);
    steps::count(end - from);
    (input.get(end) == Some(&b'"')).then_some(end + 1)
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
#[inline]
pub fn number(input: &[u8], at: usize, last: bool) -> Read<usize> {
    let mut end = at + usize::from(input[at] == b'-');
    end = match input.get(end) {
        Some(b'0') => end + 1,
        Some(b'1'..=b'9') => digits(input, end + 1),
        Some(_) => return Err(SYNTAX),
        None => return Err(Halt::Starved),
    };
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

#[inline]
fn digits(input: &[u8], mut at: usize) -> usize {
    while input.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

fn some_digits(input: &[u8], at: usize) -> Read<usize> {
    match input.get(at) {
        Some(byte) if byte.is_ascii_digit() => Ok(digits(input, at + 1)),
        Some(_) => Err(SYNTAX),
        None => Err(Halt::Starved),
    }
}

/// Behind the literal name (§3) at `at`.
#[inline]
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
