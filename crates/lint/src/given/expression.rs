//! Filters: the part of JavaScript's expressions that rulesets use.

use crate::regexp::Regexp;

use super::tokens::{SyntaxError, Tokens};

/// Parentheses in parentheses.
const NESTING: usize = 64;

#[derive(Debug)]
pub enum Expression {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Regexp(Box<Regexp>),
    List(Vec<Expression>),
    /// `@`
    Current,
    /// `@property`
    Property,
    /// `@parent`
    Parent,
    /// `@parentProperty`
    ParentProperty,
    /// `@path`
    Path,
    /// `@root`, `$`
    Root,
    /// `@string()` and its kind.
    Is(Kind),
    Member(Box<Expression>, Box<Expression>),
    Call(Method, Box<Expression>, Vec<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    String,
    Number,
    Integer,
    Boolean,
    Null,
    Array,
    Object,
    Scalar,
    Undefined,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Match,
    Test,
    Includes,
    IndexOf,
    StartsWith,
    EndsWith,
    LowerCase,
    UpperCase,
    Trim,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Same,
    NotSame,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// By precedence, loosest first; within a level in the order in which they must be tried.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[
        ("===", Operator::Same),
        ("!==", Operator::NotSame),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("in ", Operator::In),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];

const METHODS: [(&str, Method, usize); 11] = [
    ("match", Method::Match, 1),
    ("test", Method::Test, 1),
    ("includes", Method::Includes, 1),
    ("indexOf", Method::IndexOf, 1),
    ("startsWith", Method::StartsWith, 1),
    ("endsWith", Method::EndsWith, 1),
    ("toLowerCase", Method::LowerCase, 0),
    ("toUpperCase", Method::UpperCase, 0),
    ("trim", Method::Trim, 0),
    ("toString", Method::Text, 0),
    ("search", Method::Match, 1),
];

const KINDS: [(&str, Kind); 9] = [
    ("string", Kind::String),
    ("number", Kind::Number),
    ("integer", Kind::Integer),
    ("boolean", Kind::Boolean),
    ("null", Kind::Null),
    ("array", Kind::Array),
    ("object", Kind::Object),
    ("scalar", Kind::Scalar),
    ("undefined", Kind::Undefined),
];

type Parsed = Result<Expression, SyntaxError>;

/// The expression after `?`, parentheses and all.
pub(super) fn parse(tokens: &mut Tokens<'_>) -> Parsed {
    Parser { tokens, nesting: 0 }.level(0)
}

struct Parser<'p, 'a> {
    tokens: &'p mut Tokens<'a>,
    nesting: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

impl Parser<'_, '_> {
    fn level(&mut self, level: usize) -> Parsed {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        loop {
            let found = operators
                .iter()
                .find(|(token, _)| self.tokens.take_spaced(token));
            let Some((_, operator)) = found else {
                return Ok(left);
            };
            let right = self.level(level + 1)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
    }

    fn unary(&mut self) -> Parsed {
        self.nesting += 1;
        if self.nesting > NESTING {
            return self
                .tokens
                .error(format!("the filter is nested more than {NESTING} deep"));
        }
        self.tokens.skip_space();
        let parsed = if self.tokens.take("!") {
            Ok(Expression::Not(Box::new(self.unary()?)))
        } else if self.tokens.take("-") {
            Ok(Expression::Negative(Box::new(self.unary()?)))
        } else {
            let primary = self.primary()?;
            self.postfix(primary)
        };
        self.nesting -= 1;
        parsed
    }

    /// `.name`, `[…]` and `.method(…)`.
    fn postfix(&mut self, mut value: Expression) -> Parsed {
        loop {
            if self.tokens.take("?.") || self.tokens.take(".") {
                let before = self.tokens.at;
                let name = self
                    .tokens
                    .take_while(|c| is_word(c) || c == '-')
                    .to_owned();
                if name.is_empty() {
                    return self.tokens.error("expected a name");
                }
                value = if self.tokens.take("(") {
                    self.call(value, &name, before)?
                } else {
                    Expression::Member(Box::new(value), Box::new(Expression::Text(name)))
                };
            } else if self.tokens.take("[") {
                let key = self.level(0)?;
                self.tokens.expect("]")?;
                value = Expression::Member(Box::new(value), Box::new(key));
            } else {
                return Ok(value);
            }
        }
    }

    fn call(&mut self, value: Expression, name: &str, before: usize) -> Parsed {
        let Some((_, method, count)) = METHODS.iter().find(|(known, _, _)| *known == name) else {
            self.tokens.at = before;
            let known: Vec<&str> = METHODS.iter().map(|(name, _, _)| *name).collect();
            return self.tokens.error(format!(
                "the method `{name}` is not known; known are {}",
                known.join(", ")
            ));
        };
        let arguments = self.list(")")?;
        if arguments.len() != *count {
            return self
                .tokens
                .error(format!("`{name}` takes {count} argument(s)"));
        }
        Ok(Expression::Call(*method, Box::new(value), arguments))
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expression>, SyntaxError> {
        let mut items = Vec::new();
        while !self.tokens.take_spaced(end) {
            if !items.is_empty() {
                self.tokens.expect(",")?;
            }
            items.push(self.level(0)?);
        }
        Ok(items)
    }

    fn primary(&mut self) -> Parsed {
        match self.tokens.peek() {
            Some('(') => {
                self.tokens.take_char();
                let inner = self.level(0)?;
                self.tokens.expect(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.tokens.take_char();
                self.list("]").map(Expression::List)
            }
            Some('\'' | '"') => self.tokens.string().map(Expression::Text),
            Some('/') => self.regexp(),
            Some('@') => self.current(),
            Some('$') => {
                self.tokens.take_char();
                Ok(Expression::Root)
            }
            Some('0'..='9' | '.') => self.number(),
            _ => self.word(),
        }
    }

    fn current(&mut self) -> Parsed {
        self.tokens.take_char();
        let before = self.tokens.at;
        let name = self.tokens.take_while(is_word);
        let known = match name {
            "" => Expression::Current,
            "property" => Expression::Property,
            "parent" => Expression::Parent,
            "parentProperty" => Expression::ParentProperty,
            "path" => Expression::Path,
            "root" => Expression::Root,
            _ => match KINDS.iter().find(|(known, _)| *known == name) {
                Some((_, kind)) if self.tokens.take("()") => Expression::Is(*kind),
                _ => {
                    self.tokens.at = before;
                    return self.tokens.error(format!(
                        "`@{name}` is not known; known are @, @property, @parent, @parentProperty, @path, @root and \
                         the tests @string(), @number(), @integer(), @boolean(), @null(), @array(), @object(), \
                         @scalar(), @undefined()"
                    ));
                }
            },
        };
        Ok(known)
    }

    fn number(&mut self) -> Parsed {
        let text = self
            .tokens
            .take_while(|c| c.is_ascii_digit() || c == '.' || c == 'e' || c == 'E');
        match text.parse() {
            Ok(number) => Ok(Expression::Number(number)),
            Err(_) => self.tokens.error("this is no number"),
        }
    }

    fn word(&mut self) -> Parsed {
        let before = self.tokens.at;
        match self.tokens.take_while(is_word) {
            "true" => Ok(Expression::Bool(true)),
            "false" => Ok(Expression::Bool(false)),
            "null" => Ok(Expression::Null),
            "undefined" => Ok(Expression::Undefined),
            word => {
                self.tokens.at = before;
                let word = if word.is_empty() { "this" } else { word };
                self.tokens
                    .error(format!("`{word}` is not known in a filter"))
            }
        }
    }

    /// `/…/flags`
    fn regexp(&mut self) -> Parsed {
        self.tokens.take_char();
        let (start, mut in_class, mut escaped) = (self.tokens.at, false, false);
        loop {
            match self.tokens.take_char() {
                None => {
                    return self
                        .tokens
                        .error("the regular expression has no closing `/`");
                }
                Some(_) if escaped => escaped = false,
                Some('\\') => escaped = true,
                Some('[') => in_class = true,
                Some(']') => in_class = false,
                Some('/') if !in_class => break,
                Some(_) => {}
            }
        }
        let body = &self.tokens.text[start..self.tokens.at - 1];
        let flags = self.tokens.take_while(|c| c.is_ascii_lowercase());
        match Regexp::new(body, flags) {
            Ok(regexp) => Ok(Expression::Regexp(Box::new(regexp))),
            Err(message) => self.tokens.error(message),
        }
    }
}
