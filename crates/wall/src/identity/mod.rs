//! Who calls: proofs of identity and the node's identity data.

mod key;
mod network;
mod record;
mod store;
mod writer;

pub use key::{Key, Minted, RANDOM_BYTES, mint, parse};
pub use network::Network;
pub use record::{Agreement, Credential};
pub use store::{IdentityStore, Snapshot, Unavailable, normal_serial};
pub use writer::{Change, IdentityWriter, KeyChange, WriteError};
