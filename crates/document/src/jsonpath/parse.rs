//! Text to [`Query`]: recursive descent, types of functions checked (RFC 9535 §2.4.3).

use super::ast::{Comparison, Logical, Matches, Operand, Query, Segment, Selector};
use super::lexer::Lexer;
pub use super::lexer::SyntaxError;

/// Filters in filters, parentheses in parentheses.
const NESTING: usize = 32;

type Parsed<T> = Result<T, SyntaxError>;

struct Parser<'a> {
    lexer: Lexer<'a>,
    nesting: usize,
}

/// Operators in the order in which they must be tried: `<=` before `<`.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

/// Parses a whole query.
pub fn parse(text: &str) -> Parsed<Query> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        nesting: 0,
    };
    if !parser.lexer.take("$") {
        return parser.lexer.error("a query begins with `$`");
    }
    let segments = parser.segments()?;
    if !parser.lexer.is_at_end() {
        return parser.lexer.error("expected `.`, `..`, `[` or the end");
    }
    Ok(Query {
        absolute: true,
        segments,
    })
}

impl Parser<'_> {
    fn segments(&mut self) -> Parsed<Vec<Segment>> {
        let mut segments = Vec::new();
        loop {
            let segment = if self.lexer.take_after_space("..") {
                let selectors = if self.lexer.take("[") {
                    self.bracketed()?
                } else {
                    vec![self.dotted()?]
                };
                Segment {
                    descendant: true,
                    selectors,
                }
            } else if self.lexer.take_after_space(".") {
                Segment {
                    descendant: false,
                    selectors: vec![self.dotted()?],
                }
            } else if self.lexer.take_after_space("[") {
                Segment {
                    descendant: false,
                    selectors: self.bracketed()?,
                }
            } else {
                return Ok(segments);
            };
            segments.push(segment);
        }
    }

    fn dotted(&mut self) -> Parsed<Selector> {
        if self.lexer.take("*") {
            return Ok(Selector::Wildcard);
        }
        self.lexer.short_name().map(Selector::Name)
    }

    /// Selectors up to and with the closing bracket.
    fn bracketed(&mut self) -> Parsed<Vec<Selector>> {
        let mut selectors = Vec::new();
        loop {
            self.lexer.skip_space();
            selectors.push(self.selector()?);
            self.lexer.skip_space();
            if self.lexer.take("]") {
                return Ok(selectors);
            }
            if !self.lexer.take(",") {
                return self.lexer.error("expected `,` or `]`");
            }
        }
    }

    fn selector(&mut self) -> Parsed<Selector> {
        match self.lexer.peek() {
            Some('\'' | '"') => self.lexer.string().map(Selector::Name),
            Some('*') => {
                self.lexer.take_char();
                Ok(Selector::Wildcard)
            }
            Some('?') => {
                self.lexer.take_char();
                self.nested(Parser::or).map(Selector::Filter)
            }
            _ => self.index_or_slice(),
        }
    }

    fn index_or_slice(&mut self) -> Parsed<Selector> {
        let start = self.lexer.integer()?;
        if !self.lexer.take_after_space(":") {
            return match start {
                Some(index) => Ok(Selector::Index(index)),
                None => self
                    .lexer
                    .error("expected a name in quotes, `*`, an index, a slice or `?`"),
            };
        }
        self.lexer.skip_space();
        let end = self.lexer.integer()?;
        let mut step = None;
        if self.lexer.take_after_space(":") {
            self.lexer.skip_space();
            step = self.lexer.integer()?;
        }
        Ok(Selector::Slice {
            start,
            end,
            step: step.unwrap_or(1),
        })
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.nesting += 1;
        if self.nesting > NESTING {
            return self.lexer.error(format!(
                "filters and parentheses are nested more than {NESTING} deep"
            ));
        }
        let parsed = inner(self);
        self.nesting -= 1;
        parsed
    }

    fn or(&mut self) -> Parsed<Logical> {
        let mut terms = vec![self.and()?];
        while self.lexer.take_after_space("||") {
            terms.push(self.and()?);
        }
        Ok(if terms.len() == 1 {
            terms.remove(0)
        } else {
            Logical::Or(terms)
        })
    }

    fn and(&mut self) -> Parsed<Logical> {
        let mut terms = vec![self.basic()?];
        while self.lexer.take_after_space("&&") {
            terms.push(self.basic()?);
        }
        Ok(if terms.len() == 1 {
            terms.remove(0)
        } else {
            Logical::And(terms)
        })
    }

    fn basic(&mut self) -> Parsed<Logical> {
        self.lexer.skip_space();
        if self.lexer.take("!") {
            self.lexer.skip_space();
            let negated = if self.lexer.peek() == Some('(') {
                self.parenthesised()?
            } else {
                self.test()?
            };
            return Ok(Logical::Not(Box::new(negated)));
        }
        if self.lexer.peek() == Some('(') {
            return self.parenthesised();
        }
        self.comparison_or_test()
    }

    fn parenthesised(&mut self) -> Parsed<Logical> {
        self.lexer.expect("(")?;
        let inner = self.nested(Parser::or)?;
        self.lexer.skip_space();
        self.lexer.expect(")")?;
        Ok(inner)
    }

    /// `@.a`, `match(…)`: true or false without a comparison.
    fn test(&mut self) -> Parsed<Logical> {
        match self.term()? {
            Term::Query(query) => Ok(Logical::Exists(query)),
            Term::Matches(matches) => Ok(Logical::Matches(matches)),
            Term::Operand(_) => self
                .lexer
                .error("this is a value, not a condition: compare it with something"),
        }
    }

    fn comparison_or_test(&mut self) -> Parsed<Logical> {
        let left = self.term()?;
        let operator = COMPARISONS
            .into_iter()
            .find(|(token, _)| self.lexer.take_after_space(token));
        let Some((_, comparison)) = operator else {
            return match left {
                Term::Query(query) => Ok(Logical::Exists(query)),
                Term::Matches(matches) => Ok(Logical::Matches(matches)),
                Term::Operand(_) => self
                    .lexer
                    .error("expected a comparison: ==, !=, <, <=, > or >="),
            };
        };
        let left = self.comparable(left)?;
        self.lexer.skip_space();
        let right = self.term()?;
        Ok(Logical::Compare(left, comparison, self.comparable(right)?))
    }

    fn comparable(&mut self, term: Term) -> Parsed<Operand> {
        match term {
            Term::Operand(operand) => Ok(operand),
            Term::Query(query) if query.is_singular() => Ok(Operand::Singular(query)),
            Term::Query(_) => self
                .lexer
                .error("a compared query must select at most one node: no `*`, `..`, slice"),
            Term::Matches(_) => self
                .lexer
                .error("match() and search() are conditions and cannot be compared"),
        }
    }

    fn term(&mut self) -> Parsed<Term> {
        match self.lexer.peek() {
            Some('@' | '$') => self.query().map(Term::Query),
            Some('\'' | '"') => self
                .lexer
                .string()
                .map(|text| Term::Operand(Operand::String(text))),
            Some('-' | '0'..='9') => self.number(),
            _ => self.function_or_word(),
        }
    }

    fn query(&mut self) -> Parsed<Query> {
        let absolute = self.lexer.take_char() == Some('$');
        let segments = self.nested(Parser::segments)?;
        Ok(Query { absolute, segments })
    }

    fn number(&mut self) -> Parsed<Term> {
        let number = self.lexer.number()?;
        let is_exact = number.fract() == 0.0 && number.abs() < (1u64 << 53) as f64;
        Ok(Term::Operand(if is_exact {
            Operand::Int(number as i64)
        } else {
            Operand::Float(number)
        }))
    }

    fn function_or_word(&mut self) -> Parsed<Term> {
        if let Some(name) = self.lexer.function_name() {
            return self.nested(|parser| parser.function(name));
        }
        for (word, operand) in [
            ("true", Operand::Bool(true)),
            ("false", Operand::Bool(false)),
            ("null", Operand::Null),
        ] {
            if self.lexer.take(word) {
                return Ok(Term::Operand(operand));
            }
        }
        self.lexer
            .error("expected `@`, `$`, a literal or a function")
    }

    fn function(&mut self, name: &str) -> Parsed<Term> {
        let function = match name {
            "length" => Term::Operand(Operand::Length(Box::new(self.value_argument()?))),
            "count" => Term::Operand(Operand::Count(self.nodes_argument()?)),
            "value" => Term::Operand(Operand::Value(self.nodes_argument()?)),
            "match" | "search" => Term::Matches(self.matches(name == "match")?),
            _ => {
                return self
                    .lexer
                    .error("known functions are length, count, match, search and value");
            }
        };
        self.lexer.skip_space();
        self.lexer.expect(")")?;
        Ok(function)
    }

    fn matches(&mut self, whole: bool) -> Parsed<Matches> {
        let text = self.value_argument()?;
        self.lexer.skip_space();
        self.lexer.expect(",")?;
        let pattern = self.value_argument()?;
        Ok(Matches {
            whole,
            text,
            pattern,
        })
    }

    fn value_argument(&mut self) -> Parsed<Operand> {
        self.lexer.skip_space();
        let term = self.term()?;
        self.comparable(term)
    }

    fn nodes_argument(&mut self) -> Parsed<Query> {
        self.lexer.skip_space();
        match self.term()? {
            Term::Query(query) => Ok(query),
            _ => self.lexer.error("this function wants a query"),
        }
    }
}

enum Term {
    Query(Query),
    Operand(Operand),
    Matches(Matches),
}
