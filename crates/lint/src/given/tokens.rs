//! Characters of a path or an expression.

use std::ops::{Deref, DerefMut};

use document::cursor::Cursor;
pub use document::cursor::SyntaxError;

/// A cursor that knows JavaScript's words.
pub(super) struct Tokens<'a>(Cursor<'a>);

impl<'a> Deref for Tokens<'a> {
    type Target = Cursor<'a>;

    fn deref(&self) -> &Cursor<'a> {
        &self.0
    }
}

impl DerefMut for Tokens<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Tokens<'a> {
        Tokens(Cursor::new(text))
    }

    pub fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes `token` if it is next, after space.
    pub fn take_spaced(&mut self, token: &str) -> bool {
        self.skip_space();
        self.take(token)
    }

    pub fn expect(&mut self, token: &str) -> Result<(), SyntaxError> {
        if self.take_spaced(token) {
            return Ok(());
        }
        self.error(format!("expected `{token}`"))
    }

    pub fn integer(&mut self) -> Option<i64> {
        let before = self.at;
        let sign = if self.take("-") { -1 } else { 1 };
        match self.take_while(|c| c.is_ascii_digit()).parse::<i64>() {
            Ok(number) => Some(sign * number),
            Err(_) => {
                self.at = before;
                None
            }
        }
    }

    /// A JavaScript string; the opening quote is next.
    pub fn string(&mut self) -> Result<String, SyntaxError> {
        let quote = self.take_char().unwrap_or('"');
        let mut text = String::new();
        loop {
            match self.take_char() {
                Some(end) if end == quote => return Ok(text),
                Some('\\') => match self.take_char() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(plain) => text.push(plain),
                    None => return self.error("the string does not end"),
                },
                Some(plain) => text.push(plain),
                None => return self.error(format!("the string has no closing `{quote}`")),
            }
        }
    }
}
