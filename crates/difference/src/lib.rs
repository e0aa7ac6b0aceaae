//! Parts of OpenAPI documents by the hash of what they mean, through every reference.
//!
//! Two parts with one hash mean the same for whoever calls the API, so a comparison of two documents looks only into
//! what differs: it costs what changed.

mod hashing;
mod meaning;
mod pointer;
mod references;

pub use hashing::{Hashes, Key};
pub use pointer::pointer;
pub use references::References;
