//! Tokens of our own authorization server: whose they are is on record in the node's identity data.

use std::sync::{Arc, Mutex, PoisonError};

use super::claims::{Claims, client, holder, name};
use super::spec::Issuer;
use crate::fate::{Caller, Holder};

/// Who a token is for, as far as the token says.
pub struct ClientToken {
    /// Of the client's record.
    pub client_id: Box<str>,
    /// The token's own name: it may be revoked (RFC 7009).
    pub jti: Box<str>,
    /// What a user allowed the client, which ends all tokens that came of it; `None`: the client acts for itself.
    pub grant_id: Option<Box<str>>,
    holder: Holder,
    /// Made of the record last seen.
    caller: Mutex<Option<Known>>,
}

struct Known {
    record: Arc<Caller>,
    caller: Arc<Caller>,
}

impl ClientToken {
    pub(super) fn of(issuer: &Issuer, claims: &Claims) -> Result<ClientToken, &'static str> {
        Ok(ClientToken {
            client_id: client(claims).ok_or("names no client (client_id)")?.into(),
            jti: name(claims, "jti")?.ok_or("has no name (jti)")?.into(),
            grant_id: name(claims, "grant_id")?.map(Box::from),
            holder: holder(issuer, claims)?,
            caller: Mutex::new(None),
        })
    }

    /// Who calls; `record` is the client's as it is now. `None` if a service could not be told of it.
    pub fn caller(&self, record: &Arc<Caller>) -> Option<Arc<Caller>> {
        let mut known = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        let same = known
            .as_ref()
            .filter(|known| Arc::ptr_eq(&known.record, record));
        if let Some(known) = same {
            return Some(Arc::clone(&known.caller));
        }
        let caller = Arc::new(Caller::of_client(record, self.holder.clone())?);
        *known = Some(Known {
            record: Arc::clone(record),
            caller: Arc::clone(&caller),
        });
        Some(caller)
    }
}
