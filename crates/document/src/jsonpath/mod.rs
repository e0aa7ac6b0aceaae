//! JSONPath (RFC 9535) over the arena, with a bound on the work one evaluation may cause.

mod ast;
mod compare;
mod eval;
mod lexer;
mod parse;
mod regexp;

pub use ast::Query;
pub use eval::{Budget, Exhausted, Found, Trails, select};
pub use parse::{SyntaxError, parse};
