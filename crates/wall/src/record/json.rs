//! Members of a JSON object (RFC 8259), appended to a buffer.

use std::fmt::Write as _;
use std::net::IpAddr;

/// `member`: everything before the digits, such as `,"name":`. Names are ours and need no escape.
pub fn number(line: &mut Vec<u8>, member: &[u8], value: u64) {
    line.extend_from_slice(member);
    digits(line, value);
}

/// Decimal. `format!` would be a third of what a line costs.
fn digits(line: &mut Vec<u8>, value: u64) {
    line.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// As `Display` writes it, which is slow for the address most clients have.
pub fn write_address(line: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V6(_) => line.extend_from_slice(address.to_string().as_bytes()),
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            digits(line, u64::from(a));
            for octet in [b, c, d] {
                number(line, b".", u64::from(octet));
            }
        }
    }
}

pub fn optional(line: &mut Vec<u8>, member: &[u8], value: Option<&str>) {
    if let Some(value) = value {
        text(line, member, value);
    }
}

/// `member`: everything before the text, its quote included.
pub fn text(line: &mut Vec<u8>, member: &[u8], value: &str) {
    line.extend_from_slice(member);
    escape(line, value);
    line.push(b'"');
}

const EACH: u64 = 0x0101_0101_0101_0101;
const TOP_BITS: u64 = 0x80 * EACH;

/// Whether every byte stands for itself: eight at a time, because every text of every line is asked.
fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).all(|word| is_plain_word(*word))
}

/// No byte below space, none above `~`, no quote, no backslash (Bit Twiddling Hacks, "haszero" and "hasless").
fn is_plain_word(bytes: [u8; 8]) -> bool {
    let word = u64::from_ne_bytes(bytes);
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word;
    let below = word.wrapping_sub(u64::from(b' ') * EACH) & !word;
    let above = word | word.wrapping_add(EACH);
    let quote = zeros(word ^ (u64::from(b'"') * EACH));
    let backslash = zeros(word ^ (u64::from(b'\\') * EACH));
    (below | above | quote | backslash) & TOP_BITS == 0
}

/// RFC 8259 §7. DEL and the line separators are escaped too: some log readers split lines at them.
fn escape(line: &mut Vec<u8>, value: &str) {
    if is_plain(value.as_bytes()) {
        return line.extend_from_slice(value.as_bytes());
    }
    let plain = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    let mut escaped = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            c if plain(c) => escaped.push(c),
            c => write!(escaped, "\\u{:04x}", c as u32).expect("writing to a String does not fail"),
        }
    }
    line.extend_from_slice(escaped.as_bytes());
}

/// RFC 3339 in UTC with microseconds.
pub fn write_rfc3339(line: &mut Vec<u8>, unix_ns: u64) {
    let (seconds, micros) = (unix_ns / 1_000_000_000, unix_ns % 1_000_000_000 / 1_000);
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds % 86_400 / 3_600, seconds % 3_600 / 60, seconds % 60);
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    for (value, place) in [
        (year, 0..4),
        (month, 5..7),
        (day, 8..10),
        (hour, 11..13),
        (minute, 14..16),
        (second, 17..19),
        (micros, 20..26),
    ] {
        fill(&mut text[place], value);
    }
    line.extend_from_slice(&text);
}

/// Decimal, right-aligned.
fn fill(place: &mut [u8], mut value: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Days since 1970-01-01 to the proleptic Gregorian calendar (Howard Hinnant, `civil_from_days`).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_visible_ascii_without_quote_and_backslash_is_plain() {
        for byte in 0..=u8::MAX {
            let plain = matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
            for place in 0..20 {
                for neighbour in [b'a', 0x7e, b' '] {
                    let mut text = [neighbour; 20];
                    text[place] = byte;
                    assert_eq!(is_plain(&text), plain, "{byte:#x} at {place}");
                    assert_eq!(
                        is_plain(&text[..=place]),
                        plain,
                        "{byte:#x} ends at {place}"
                    );
                }
            }
        }
    }
}
