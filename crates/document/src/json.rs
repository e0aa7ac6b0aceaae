//! JSON (RFC 8259) into the arena, without recursion.

use crate::arena::{Kind, Node};
use crate::builder::Builder;
use crate::limits::NUMBER_CHARACTERS;
use crate::problem::{Problem, shown};
use crate::source::Text;

struct Json<'b, 'a> {
    bytes: &'b [u8],
    input: &'b str,
    pos: usize,
    builder: &'b mut Builder<'a>,
}

/// Reads one JSON text; the builder holds the root afterwards.
pub(crate) fn read<'a>(input: &'a str, builder: &mut Builder<'a>) -> Result<(), Problem> {
    let mut json = Json {
        bytes: input.as_bytes(),
        input,
        pos: 0,
        builder,
    };
    json.skip_space();
    json.value()?;
    while json.builder.depth() > 0 {
        json.child_or_close()?;
    }
    json.skip_space();
    if json.pos == json.bytes.len() {
        Ok(())
    } else {
        Err(json.unexpected("the end of the document"))
    }
}

impl Json<'_, '_> {
    fn child_or_close(&mut self) -> Result<(), Problem> {
        self.skip_space();
        let in_object = self.builder.in_object();
        let closing = if in_object { b'}' } else { b']' };
        if self.peek() == Some(closing) {
            self.pos += 1;
            return self.builder.close().map(drop);
        }
        if !self.builder.is_first_child() {
            self.expect(
                b',',
                if in_object {
                    "`,` or `}`"
                } else {
                    "`,` or `]`"
                },
            )?;
            self.skip_space();
        }
        if in_object {
            self.key()?;
        }
        self.value()
    }

    fn key(&mut self) -> Result<(), Problem> {
        let at = self.builder.at(self.pos);
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let text = self.string()?;
        self.skip_space();
        self.expect(b':', "`:`")?;
        self.skip_space();
        self.builder.key(text, at, false);
        Ok(())
    }

    fn value(&mut self) -> Result<(), Problem> {
        let at = self.builder.at(self.pos);
        match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                self.pos += 1;
                self.builder.open(open == b'{', at).map(drop)
            }
            Some(b'"') => {
                let text = self.string()?;
                self.builder
                    .scalar(Node::text(Kind::String, at, text))
                    .map(drop)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Node::new(Kind::Bool, at, 0, 1)),
            Some(b'f') => self.word("false", Node::new(Kind::Bool, at, 0, 0)),
            Some(b'n') => self.word("null", Node::new(Kind::Null, at, 0, 0)),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn word(&mut self, word: &str, node: Node) -> Result<(), Problem> {
        if !self.bytes[self.pos..].starts_with(word.as_bytes()) {
            return Err(self.unexpected("a value"));
        }
        self.pos += word.len();
        self.builder.scalar(node).map(drop)
    }

    fn number(&mut self) -> Result<(), Problem> {
        let start = self.pos;
        self.pos += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.pos += 1
        } else {
            self.digits()?
        }
        let mut fractional = false;
        if self.peek() == Some(b'.') {
            fractional = true;
            self.pos += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            fractional = true;
            self.pos += 1;
            self.pos += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let text = self.builder.slice(start, self.pos);
        let digits = &self.input[start..self.pos];
        let node = number(digits, fractional, text, text.start)?;
        self.builder.scalar(node).map(drop)
    }

    fn digits(&mut self) -> Result<(), Problem> {
        let start = self.pos;
        while let Some(b'0'..=b'9') = self.peek() {
            self.pos += 1;
        }
        if self.pos > start {
            Ok(())
        } else {
            Err(self.unexpected("a digit"))
        }
    }

    /// The text of a string whose opening quote is next.
    fn string(&mut self) -> Result<Text, Problem> {
        let start = self.pos + 1;
        self.pos = start;
        self.skip_plain_characters();
        if self.peek() == Some(b'"') {
            self.pos += 1;
            return Ok(self.builder.slice(start, self.pos - 1));
        }
        let mut text = self.input[start..self.pos].to_owned();
        while self.peek() != Some(b'"') {
            self.escape(&mut text)?;
            let plain = self.pos;
            self.skip_plain_characters();
            text.push_str(&self.input[plain..self.pos]);
        }
        self.pos += 1;
        Ok(self.builder.unescaped(&text))
    }

    fn skip_plain_characters(&mut self) {
        let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        let rest = &self.bytes[self.pos..];
        self.pos += rest.iter().position(special).unwrap_or(rest.len());
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Problem> {
        match self.peek() {
            Some(b'\\') => self.pos += 1,
            Some(_) => {
                return Err(
                    self.unexpected("a character; control characters are written `\\u00XX`")
                );
            }
            None => return Err(self.unexpected("`\"`, the end of the string")),
        }
        let character = match self.peek() {
            Some(b'u') => return self.unicode_escape(text),
            Some(plain @ (b'"' | b'\\' | b'/')) => plain as char,
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.unexpected("an escape: one of `\"\\/bfnrtu`")),
        };
        self.pos += 1;
        text.push(character);
        Ok(())
    }

    /// `uXXXX`, or two of them for a character beyond the basic plane.
    fn unicode_escape(&mut self, text: &mut String) -> Result<(), Problem> {
        let at = self.builder.at(self.pos - 1);
        let high = self.four_hex_digits()?;
        let mut code = u32::from(high);
        if (0xD800..0xDC00).contains(&high) && self.bytes[self.pos..].starts_with(b"\\u") {
            let after_high = self.pos;
            self.pos += 1;
            let low = self.four_hex_digits()?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x10000 + (u32::from(high - 0xD800) << 10) + u32::from(low - 0xDC00);
            } else {
                self.pos = after_high;
            }
        }
        text.push(char::from_u32(code).unwrap_or_else(|| {
            self.builder.report(Problem::warning(
                "document-lone-surrogate",
                at,
                "half of a surrogate pair is not a character; U+FFFD stands for it",
                "Write the character itself, or both halves.",
            ));
            char::REPLACEMENT_CHARACTER
        }));
        Ok(())
    }

    fn four_hex_digits(&mut self) -> Result<u16, Problem> {
        let start = self.pos + 1;
        let digits = self
            .bytes
            .get(start..start + 4)
            .filter(|four| four.iter().all(u8::is_ascii_hexdigit));
        let Some(digits) = digits else {
            return Err(self.unexpected("`\\u` and four hexadecimal digits"));
        };
        let code = digits.iter().fold(0, |code, digit| {
            code << 4 | (*digit as char).to_digit(16).unwrap_or(0)
        });
        self.pos = start + 4;
        Ok(code as u16)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.pos += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Problem> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected(what));
        }
        self.pos += 1;
        Ok(())
    }

    fn unexpected(&self, expected: &str) -> Problem {
        // `pos` stands on a character boundary wherever the grammar can end: all its tokens are ASCII.
        let found = match self
            .input
            .get(self.pos..)
            .and_then(|rest| rest.chars().next())
        {
            Some(character) => format!("found {}", shown(&character.to_string())),
            None => "the document ends".to_owned(),
        };
        let message = format!("this is not JSON: expected {expected}, {found}");
        Problem::error(
            "document-syntax",
            self.builder.at(self.pos),
            message,
            "Correct the JSON (RFC 8259).",
        )
    }
}

/// A decimal number as a node: 64 bits where it fits, text where an integer does not, a double otherwise.
/// `text`: its digits where they are kept, which in YAML is not the place `at` where they stand.
pub(crate) fn number(digits: &str, fractional: bool, text: Text, at: u32) -> Result<Node, Problem> {
    if digits.len() > NUMBER_CHARACTERS {
        let message = format!("this number has more than {NUMBER_CHARACTERS} digits");
        return Err(Problem::error(
            "document-number",
            at,
            message,
            "Write it as a string.",
        ));
    }
    let unsigned = digits.strip_prefix('+').unwrap_or(digits);
    if !fractional {
        return Ok(match unsigned.parse::<i64>() {
            Ok(int) => Node::scalar64(Kind::Int, at, int as u64),
            Err(_) => Node::text(Kind::Long, at, text),
        });
    }
    let float: f64 = unsigned.parse().unwrap_or(f64::NAN);
    if !float.is_finite() {
        let message = format!(
            "the number {} is beyond the range of doubles",
            shown(digits)
        );
        return Err(Problem::error(
            "document-number",
            at,
            message,
            "Write it as a string.",
        ));
    }
    Ok(Node::scalar64(Kind::Float, at, float.to_bits()))
}
