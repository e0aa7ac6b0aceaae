//! `traceparent` (Trace Context §3.2).

use http::HeaderMap;

use super::{RANDOM_BYTES, TRACEPARENT};

const BYTES: usize = 55;
const VERSION: std::ops::Range<usize> = 0..2;
const TRACE: std::ops::Range<usize> = 3..35;
const SPAN: std::ops::Range<usize> = 36..52;
const FLAGS: std::ops::Range<usize> = 53..55;

/// Trace flags (§3.2.2.5). All others are to be zero in what one sends.
pub const SAMPLED: u8 = 1;
/// The last seven bytes of the trace's id are random (Level 2).
pub const RANDOM: u8 = 2;

/// Version 00: `00-<trace>-<span>-<flags>`, lower-case hexadecimal.
#[derive(Clone, Copy)]
pub struct Rendered([u8; BYTES]);

/// What the client says, if it says it once and well: anything else counts as nothing (§4.3).
pub fn of(request: &HeaderMap) -> Option<Rendered> {
    let mut values = request.get_all(&TRACEPARENT).iter();
    let value = values.next()?;
    match values.next() {
        None => parsed(value.as_bytes()),
        Some(_) => None,
    }
}

/// Later versions may say more behind another hyphen; what is known of them is taken (§4.3).
fn parsed(value: &[u8]) -> Option<Rendered> {
    let (head, more) = value.split_first_chunk::<BYTES>()?;
    let version = hex_byte(&head[VERSION])?;
    let ends = more.is_empty() || (version > 0 && more[0] == b'-');
    let delimited = head[2] == b'-' && head[35] == b'-' && head[52] == b'-';
    let named = is_id(&head[TRACE]) && is_id(&head[SPAN]);
    let flags = hex_byte(&head[FLAGS])?;
    (version != 0xff && ends && delimited && named).then(|| {
        let mut text = *head;
        text[VERSION].copy_from_slice(b"00");
        Rendered(text).with_flags(flags & (SAMPLED | RANDOM))
    })
}

impl Rendered {
    /// A trace that begins here.
    pub fn begun(random: &[u8; RANDOM_BYTES], sampled: bool) -> Rendered {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        write_hex(&random[..16], &mut text[TRACE]);
        Rendered(text)
            .in_span(random)
            .with_flags(RANDOM | if sampled { SAMPLED } else { 0 })
    }

    /// The same trace, in a span of ours.
    pub fn continued(&self, random: &[u8; RANDOM_BYTES]) -> Rendered {
        self.in_span(random)
    }

    /// Odd, so never zero: see `TraceContext::span_id`.
    fn in_span(mut self, random: &[u8; RANDOM_BYTES]) -> Rendered {
        let mut id = [0; 8];
        id.copy_from_slice(&random[16..]);
        id[7] |= 1;
        write_hex(&id, &mut self.0[SPAN]);
        self
    }

    fn with_flags(mut self, flags: u8) -> Rendered {
        write_hex(&[flags], &mut self.0[FLAGS]);
        self
    }

    pub fn text(&self) -> &[u8] {
        &self.0
    }

    pub fn trace_id(&self) -> &str {
        text_of(&self.0[TRACE])
    }

    pub fn span_id(&self) -> [u8; 16] {
        self.0[SPAN].try_into().expect("it is sixteen digits")
    }

    pub fn flags(&self) -> u8 {
        hex_byte(&self.0[FLAGS]).expect("they were written here")
    }
}

pub fn text_of(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).expect("hexadecimal digits are ASCII")
}

/// Hexadecimal, lower case, not all zero.
fn is_id(digits: &[u8]) -> bool {
    digits.iter().all(|&digit| nibble(digit).is_some()) && digits.iter().any(|&digit| digit != b'0')
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    Some(nibble(digits[0])? << 4 | nibble(digits[1])?)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Two digits a byte.
fn write_hex(bytes: &[u8], text: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, place) in bytes.iter().zip(text.chunks_exact_mut(2)) {
        place[0] = DIGITS[usize::from(byte >> 4)];
        place[1] = DIGITS[usize::from(byte & 15)];
    }
}
