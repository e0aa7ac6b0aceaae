//! Characters of a path or an expression.

/// What is wrong with a path, and after how many characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub message: String,
    pub characters: usize,
}

pub(super) struct Tokens<'a> {
    pub text: &'a str,
    pub at: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Tokens<'a> {
        Tokens { text, at: 0 }
    }

    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError {
            message: message.into(),
            characters: self.text[..self.at].chars().count(),
        })
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes `token` if it is next.
    pub fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
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

    pub fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Characters as long as they are `wanted`; may be none.
    pub fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
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
        let quote = self.next().unwrap_or('"');
        let mut text = String::new();
        loop {
            match self.next() {
                Some(end) if end == quote => return Ok(text),
                Some('\\') => match self.next() {
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
