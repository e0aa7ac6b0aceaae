//! `given`: which parts of a document a rule is about, in the JSONPath dialect rulesets are written in.
//!
//! JSONPath as nimma reads it: RFC 9535's steps, `^` (parent) and `~` (property name) at the end, and JavaScript-like
//! expressions as filters. What is not known is an error with its place, never a path that matches nothing.

pub mod evaluate;
pub mod expression;
mod parse;
mod tokens;

pub use expression::Expression;
pub use parse::parse;
pub use tokens::SyntaxError;

/// One path.
#[derive(Debug)]
pub struct Given {
    pub steps: Vec<Step>,
    /// `^`: how many levels above what the steps select.
    pub parents: usize,
    /// `~`: the name under which it stands, not the value.
    pub name: bool,
    /// `$..`: every object and array, the document itself too.
    pub everything: bool,
}

#[derive(Debug)]
pub struct Step {
    /// `..`: at any depth below.
    pub descendant: bool,
    pub selectors: Vec<Selector>,
    /// As it was written: two steps written alike are one.
    pub text: String,
}

#[derive(Debug)]
pub enum Selector {
    Name(String),
    Wildcard,
    /// Objects and arrays.
    Container,
    Index(i64),
    Slice(Option<i64>, Option<i64>, i64),
    Filter(Box<Expression>),
}

impl Selector {
    /// Whether more than the name of a member decides.
    pub fn is_dynamic(&self) -> bool {
        !matches!(self, Selector::Name(_) | Selector::Wildcard)
    }
}
