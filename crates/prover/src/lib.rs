//! The prover's half of a proof that is about contracts: what the bundles of an API version let through on a ring
//! is held against what its documents allow there.
//!
//! Two ways that meet here and nowhere else. What is *reached* is read from bytes, with the types the gateway reads
//! them with (`wall::bundle`). What is *allowed* is read from the documents by code of this crate's own: of the
//! document crate it uses the parser (arena, overlays, pointers) and nothing that knows labels, references or
//! projections, so that a mistake there cannot be made twice in the same way.

mod audience;
mod authorization;
mod bodies;
mod callers;
mod contract;
mod endings;
mod exposure;
mod operations;
mod records;
mod references;
mod requests;
#[cfg(test)]
mod testkit;
mod violation;

pub use audience::understood;
pub use contract::{Contract, Source, Sources, Unreadable};
pub use exposure::{Allowed, Objects, Policy};
pub use violation::{Place, Violation, Within};
