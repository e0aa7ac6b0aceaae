//! The wall: a request's fate as a function of (revision, identity, limits, request).
//!
//! Pure policy. No proxy, socket or runtime type appears here; clock and randomness come in from outside.
//! The gateway, `ringwork explain` and the tests call this very code (law 4).

pub mod audience;
pub mod bundle;
pub mod fate;
pub mod manifest;
