//! Who calls: proofs of identity and the node's identity data.

mod cache;
mod key;
mod network;
mod presented;
mod record;
mod store;
mod svid;
mod token;
mod writer;

pub use key::{Key, Minted, RANDOM_BYTES, mint, parse};
pub use network::Network;
pub use presented::{Presented, carries_key, presented_key};
pub use record::{Agreement, Credential};
pub use store::{IdentityStore, Snapshot, Unavailable, normal_serial};
pub use svid::{Svid, TrustBundle};
pub use token::{ServiceClaim, TokenVerifier};
pub use writer::{Change, IdentityWriter, KeyChange, WriteError};

use std::sync::Arc;

/// A service's name in a SPIFFE id `spiffe://<trust domain>/<service>` (SPIFFE-ID §2): one path segment.
pub(crate) fn service_of(spiffe_id: &str, trust_domain: &str) -> Result<Arc<str>, String> {
    let path = spiffe_id
        .strip_prefix("spiffe://")
        .and_then(|rest| rest.strip_prefix(trust_domain));
    let service = path.and_then(|path| path.strip_prefix('/')).unwrap_or("");
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if service.is_empty()
        || matches!(service, "." | "..")
        || service.len() > 200
        || !service.bytes().all(legal)
    {
        return Err(format!(
            "`{}` is no service of {trust_domain}",
            spiffe_id.escape_debug()
        ));
    }
    Ok(service.into())
}
