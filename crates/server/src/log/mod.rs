//! Two logs: what the gateway says of itself (standard error), and one line per call (`access`).

pub mod access;
pub mod own;
mod rotation;
