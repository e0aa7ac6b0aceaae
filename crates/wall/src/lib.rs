//! The wall: a request's fate as a function of (revision, identity, limits, request).
//!
//! Pure policy. No proxy, socket or runtime type appears here; clock and randomness come in from outside.
//! The gateway, `ringwork explain` and the tests call this very code (law 4).

pub mod audience;
mod bindings;
pub mod bodies;
pub mod bounds;
pub mod bundle;
pub mod caching;
mod callers;
pub mod fate;
pub mod faults;
pub mod filter;
pub mod headers;
pub mod identity;
mod judge;
pub mod lifecycle;
pub mod limits;
pub mod manifest;
pub mod matching;
mod pointer;
pub mod problem;
pub mod record;
pub mod recording;
pub mod scopes;
pub mod snapshot;
pub mod target;
mod token;
pub mod trace;
pub mod trace_context;
pub mod trust;
pub mod validation;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod testkit;

pub use fate::{Answer, Arrival, Fate, Forward, Question, Settled};
pub use identity::IdentityStore;
pub use limits::Limits;
pub use snapshot::{Refusal, Wall, verify_manifest};
