//! A JSONPath query as parsed and checked (RFC 9535 §2).

/// `$…`, or `@…` inside a filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub absolute: bool,
    pub segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// `..` before it: applies to the node and all its descendants.
    pub descendant: bool,
    pub selectors: Vec<Selector>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    Name(String),
    Wildcard,
    Index(i64),
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
    Filter(Logical),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Logical {
    Or(Vec<Logical>),
    And(Vec<Logical>),
    Not(Box<Logical>),
    Compare(Operand, Comparison, Operand),
    /// The query selects something.
    Exists(Query),
    Matches(Matches),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Something with at most one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
    /// A query that selects at most one node.
    Singular(Query),
    Length(Box<Operand>),
    Count(Query),
    /// The value of the one node a query selects.
    Value(Query),
}

/// `match()` when `whole`, else `search()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Matches {
    pub whole: bool,
    pub text: Operand,
    pub pattern: Operand,
}

impl Query {
    /// RFC 9535 §2.3.5.1: only single names and indices.
    pub fn is_singular(&self) -> bool {
        self.segments.iter().all(|segment| {
            !segment.descendant
                && matches!(
                    segment.selectors[..],
                    [Selector::Name(_) | Selector::Index(_)]
                )
        })
    }
}
