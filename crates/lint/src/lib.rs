//! Style rules over OpenAPI and other documents, in the form Spectral made known: paths that select, functions that
//! check. Pure: files come from whoever asks, and so do functions of a ruleset's own.

pub mod automaton;
pub mod engine;
pub mod functions;
pub mod given;
pub mod kept;
pub mod keys;
mod openapi;
pub mod ranges;
pub mod references;
mod regexp;
pub mod rules;
pub mod subject;
mod walk;

pub use engine::{Found, lint};
pub use functions::{Foreign, Input, Problem};
pub use kept::{Memory, Shown};
pub use references::load;
pub use rules::{Rules, Written};
pub use subject::{Subject, View};
