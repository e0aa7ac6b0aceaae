//! Header fields at the wall: nothing a client forged goes in, nothing the upstream says of itself comes out.

mod request;
mod response;

pub use request::{added, nominated, reaches_upstream};
pub use response::{Passage, ResponsePolicy};
