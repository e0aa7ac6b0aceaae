//! What tokens mean: the characters of a string, the value of a number.

use super::scanner::code_unit;

/// The characters of a string that the scanner read, without its quotes, appended.
pub fn unescape(raw: &[u8], text: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', &raw[at..]) {
        text.extend_from_slice(&raw[at..at + next]);
        at = one_escape(raw, at + next, text);
    }
    text.extend_from_slice(&raw[at..]);
}

fn one_escape(raw: &[u8], at: usize, text: &mut Vec<u8>) -> usize {
    let plain = match raw[at + 1] {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode_escape(raw, at, text),
        itself => itself,
    };
    text.push(plain);
    at + 2
}

/// The scanner let whole characters through, so the replacement character never comes of this.
fn unicode_escape(raw: &[u8], at: usize, text: &mut Vec<u8>) -> usize {
    let units = [at, at + 6].map(|unit| code_unit(raw, unit).unwrap_or(0));
    let is_pair = (0xD800..0xDC00).contains(&units[0]);
    let units = &units[..1 + usize::from(is_pair)];
    for character in char::decode_utf16(units.iter().copied()) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    at + 6 * units.len()
}

/// A string (RFC 8259 §7) of these characters.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a buffer takes what is written");
}

/// A number (RFC 8259 §6) in the one form that all its spellings have: `12.50` and `125e-1` are `125e-1`. None for
/// an exponent beyond 18 digits.
pub fn decimal(number: &[u8]) -> Option<Vec<u8>> {
    let (sign, magnitude) = match number.strip_prefix(b"-") {
        Some(magnitude) => (&b"-"[..], magnitude),
        None => (&b""[..], number),
    };
    let (mantissa, exponent) = split(magnitude, |byte| matches!(byte, b'e' | b'E'));
    let (whole, fraction) = split(mantissa, |byte| byte == b'.');
    let digits = [whole, fraction].concat();
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    let trailing = digits[leading..]
        .iter()
        .rev()
        .take_while(|digit| **digit == b'0')
        .count();
    let significant = &digits[leading..digits.len() - trailing];
    if significant.is_empty() {
        return Some(b"0".to_vec());
    }
    let exponent = exponent_value(exponent)? + trailing as i64 - fraction.len() as i64;
    Some([sign, significant, b"e", exponent.to_string().as_bytes()].concat())
}

fn split(text: &[u8], at: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| at(*byte)) {
        Some(index) => (&text[..index], &text[index + 1..]),
        None => (text, b""),
    }
}

fn exponent_value(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return Some(0);
    }
    let text = str::from_utf8(digits).ok()?;
    text.parse()
        .ok()
        .filter(|value: &i64| value.unsigned_abs() < 10_u64.pow(18))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form_however_it_is_spelled() {
        let form = |text: &str| String::from_utf8(decimal(text.as_bytes()).unwrap()).unwrap();
        for same in ["125e-1", "12.5", "12.50", "1.25E1", "1.25e+1", "0.0125e3"] {
            assert_eq!(form(same), "125e-1", "{same}");
        }
        for zero in ["0", "-0", "0.00", "0e5"] {
            assert_eq!(form(zero), "0", "{zero}");
        }
        assert_ne!(form("1"), form("-1"));
        assert_ne!(form("1"), form("10"));
        assert_eq!(decimal(b"1e1234567890123456789"), None);
    }

    #[test]
    fn escapes_stand_for_their_characters() {
        let mut text = Vec::new();
        unescape(br#"a\u0062\n\/\"\\\ud83d\ude00\u00e9\u0000."#, &mut text);
        assert_eq!(text, "ab\n/\"\\😀é\0.".as_bytes());
    }
}
