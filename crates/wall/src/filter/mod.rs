//! What may leave of a JSON body: one pass over its bytes, no tree in between.
//!
//! A graph (`bundle::FilterNode`) says what a ring may see; what it does not name does not leave. Whatever comes in,
//! what leaves is JSON (RFC 8259, with the unique names and whole characters of RFC 7493) or nothing: a body that
//! cannot be understood is a fault. What leaves is, mask aside, made of ranges of the body: nothing is written anew,
//! so numbers, escapes and whitespace are the service's own.
//!
//! `Whole` gives out nothing before it has seen everything; `Stream` gives out what is settled, and a fault then has
//! to abort the response. Both run the same machine and give the same bytes, wherever the body is cut.

pub mod bounds;
mod fault;
mod framing;
mod graph;
mod interpreter;
mod lookahead;
mod mask;
pub mod merge;
mod names;
mod report;
mod scanner;
mod steps;
mod stream;
mod text;
mod texts;
mod whole;

#[cfg(test)]
mod tests;

pub use fault::{Fault, FaultKind};
pub use framing::Framing;
pub use graph::{Graph, GraphError};
pub use mask::{MaskingKey, masked};
pub use report::{Reason, Removals, Removed, Report};
pub use stream::Stream;
pub use whole::{Whole, project};

/// What is done with a value that has no right to leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is removed.
    #[default]
    Enforce,
    /// It is removed if the contract hides it; what the contract does not know passes, and is counted.
    Observe,
    /// The body passes as it is, and what `Enforce` would remove is counted.
    Report,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub mode: Mode,
    /// Without it, values to be hashed are removed.
    pub masking_key: Option<MaskingKey>,
}
