//! Characters of a query: space, names, numbers, strings.

use std::ops::{Deref, DerefMut};

use crate::cursor::Cursor;
pub use crate::cursor::SyntaxError;

/// Integers a query may hold (RFC 9535 §2.1: exact in a double).
const LARGEST: i64 = (1 << 53) - 1;

/// A cursor that knows RFC 9535's words.
pub(super) struct Lexer<'a>(Cursor<'a>);

impl<'a> Deref for Lexer<'a> {
    type Target = Cursor<'a>;

    fn deref(&self) -> &Cursor<'a> {
        &self.0
    }
}

impl DerefMut for Lexer<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer(Cursor::new(text))
    }

    pub fn skip_space(&mut self) {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.text.len() - trimmed.len();
    }

    pub fn expect(&mut self, token: &str) -> Result<(), SyntaxError> {
        if self.take(token) {
            Ok(())
        } else {
            self.error(format!("expected `{token}`"))
        }
    }

    /// Whether the next thing after space is `token`; nothing is taken otherwise.
    pub fn take_after_space(&mut self, token: &str) -> bool {
        let before = self.at;
        self.skip_space();
        let found = self.take(token);
        if !found {
            self.at = before;
        }
        found
    }

    /// `.name` without quotes: letters, digits, `_` and everything beyond ASCII.
    pub fn short_name(&mut self) -> Result<String, SyntaxError> {
        let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        if !self.peek().is_some_and(is_first) {
            return self.error("expected a name; names with other characters are written `['…']`");
        }
        let end = self
            .rest()
            .find(|c: char| !is_first(c) && !c.is_ascii_digit())
            .unwrap_or(self.rest().len());
        let name = self.rest()[..end].to_owned();
        self.at += end;
        Ok(name)
    }

    /// A function's name, if one with its opening parenthesis is next.
    pub fn function_name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end =
            rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_')?;
        let is_function = end > 0
            && rest[end..].starts_with('(')
            && rest.starts_with(|c: char| c.is_ascii_lowercase());
        if !is_function {
            return None;
        }
        self.at += end + 1;
        Some(&rest[..end])
    }

    /// `0`, `-1`, `42`; nothing when no digit is next.
    pub fn integer(&mut self) -> Result<Option<i64>, SyntaxError> {
        let digits = self.integer_digits();
        if digits.is_empty() {
            return Ok(None);
        }
        let unsigned = digits.trim_start_matches('-');
        let canonical = !unsigned.is_empty()
            && digits != "-0"
            && (unsigned == "0" || !unsigned.starts_with('0'));
        match digits.parse::<i64>() {
            Ok(value) if canonical && value.abs() <= LARGEST => {
                self.at += digits.len();
                Ok(Some(value))
            }
            _ => self.error("this is not an integer JSONPath allows"),
        }
    }

    fn integer_digits(&self) -> &'a str {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..]
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len() - sign);
        &rest[..sign + digits]
    }

    /// A JSON number in a filter.
    pub fn number(&mut self) -> Result<f64, SyntaxError> {
        let in_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = self
            .rest()
            .find(|c| !in_number(c))
            .unwrap_or(self.rest().len());
        let digits = &self.rest()[..end];
        let whole = digits
            .trim_start_matches('-')
            .split(['.', 'e', 'E'])
            .next()
            .unwrap_or_default();
        let well_formed = !whole.is_empty()
            && (whole == "0" || !whole.starts_with('0'))
            && !digits.ends_with('.')
            && !digits.contains(".e")
            && !digits.contains(".E");
        match digits.parse::<f64>() {
            Ok(value) if well_formed && value.is_finite() => {
                self.at += end;
                Ok(value)
            }
            _ => self.error("this is not a number"),
        }
    }

    /// A string in single or double quotes.
    pub fn string(&mut self) -> Result<String, SyntaxError> {
        let Some(quote @ ('\'' | '"')) = self.take_char() else {
            return self.error("expected a string in quotes");
        };
        let mut text = String::new();
        loop {
            match self.take_char() {
                Some(end) if end == quote => return Ok(text),
                Some('\\') => text.push(self.escape(quote)?),
                Some(control) if control < ' ' => {
                    return self.error("control characters are written `\\u00XX`");
                }
                Some(plain) => text.push(plain),
                None => return self.error(format!("the string has no closing `{quote}`")),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char, SyntaxError> {
        match self.take_char() {
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some(plain @ ('/' | '\\')) => Ok(plain),
            Some(escaped) if escaped == quote => Ok(escaped),
            Some('u') => self.unicode_escape(),
            _ => self.error("unknown escape"),
        }
    }

    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let high = self.four_hex_digits()?;
        let code = match high {
            0xD800..0xDC00 => {
                self.expect("\\u")?;
                let low = self.four_hex_digits()?;
                if !(0xDC00..0xE000).contains(&low) {
                    return self.error("half of a surrogate pair is not a character");
                }
                0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            }
            _ => high,
        };
        match char::from_u32(code) {
            Some(character) => Ok(character),
            None => self.error("half of a surrogate pair is not a character"),
        }
    }

    fn four_hex_digits(&mut self) -> Result<u32, SyntaxError> {
        let digits = self
            .rest()
            .get(..4)
            .filter(|four| four.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => self.error("expected four hexadecimal digits"),
        }
    }
}
