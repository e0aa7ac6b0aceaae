//! Who calls: proofs of identity and the node's identity data.

mod access;
mod cache;
mod filling;
mod grant;
mod jws;
mod key;
mod key_set;
mod known;
mod network;
mod presented;
mod proof;
mod recent;
mod record;
mod store;
mod svid;
mod token;
mod writer;

pub(crate) use access::presented_claims;
pub use access::{
    AccessTokens, Bound, Callers, ClientToken, Issuer, KeySets, KeySource, MAX_TOKEN_BYTES, Per,
    Presenter, Rejected, SubjectLogging, TokenType,
};
pub use grant::{Grant, GrantChange};
pub use key::{Key, Minted, RANDOM_BYTES, mint, parse};
pub use key_set::KeySet;
pub(crate) use known::KeyFacts;
pub use network::Network;
pub use presented::{
    Presented, PresentedToken, carries_key, carries_token, presented_key, presented_token,
};
pub(crate) use proof::{Asked, Use, judge_proof};
pub use record::{Agreement, Credential};
pub use store::{IdentityStore, Snapshot, Unavailable, normal_serial};
pub use svid::{Svid, TrustBundle};
pub use token::{ServiceClaim, TokenVerifier};
pub use writer::{Change, IdentityWriter, KeyChange, WriteError};

use std::sync::Arc;

use crate::fate::{Caller, Proof};

/// The service of a SPIFFE id `spiffe://<trust domain>/<service>` (SPIFFE-ID §2): one path segment.
pub(crate) fn caller_of(
    spiffe_id: &str,
    trust_domain: &str,
    proof: Proof,
) -> Result<Arc<Caller>, String> {
    let path = spiffe_id
        .strip_prefix("spiffe://")
        .and_then(|rest| rest.strip_prefix(trust_domain));
    let service = path.and_then(|path| path.strip_prefix('/')).unwrap_or("");
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let named = !service.is_empty()
        && !matches!(service, "." | "..")
        && service.len() <= 200
        && service.bytes().all(legal);
    let caller = named.then(|| Caller::new(service, spiffe_id, proof));
    caller.flatten().map(Arc::new).ok_or_else(|| {
        let shown = spiffe_id.escape_debug();
        format!("`{shown}` is no service of {trust_domain}")
    })
}
