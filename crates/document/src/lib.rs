//! OpenAPI documents as an arena with spans.
//!
//! Every value and every key of every file knows the file, line and column it was written at, at the price of 16
//! bytes a node. On top: OpenAPI overlays, the graph of references, audience labels and what they reach.

pub mod arena;
mod builder;
pub mod contract;
pub mod cursor;
mod edit;
pub mod exposure;
mod json;
pub mod jsonpath;
mod limits;
pub mod moment;
pub mod overlay;
mod parse;
pub mod pointer;
pub mod problem;
pub mod projection;
mod scalar;
pub mod sensitive;
mod source;
mod yaml;

pub use arena::{Arena, Member, Node, NodeId, Value};
pub use contract::Contract;
pub use limits::{CONTRACT_BYTES, Limits};
pub use parse::{Format, parse};
pub use problem::{Problem, Severity};
pub use source::{File, FileId, Place, Sources, Text};
