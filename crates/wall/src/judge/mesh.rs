//! Callers behind a mesh proxy: the proxy proved itself by mTLS and is declared; it names who called it.

use super::Judgement;
use super::answers::Refused;
use super::caller::Known;
use crate::fate::{Field, Proof};
use crate::headers::X_FORWARDED_CLIENT_CERT;
use crate::identity::{Svid, caller_of};
use crate::problem::Code;
use crate::trace::Trace;
use crate::trust::forwarded_identity;

impl<T: Trace> Judgement<'_, '_, T> {
    /// A declared proxy is never a caller itself: whoever reached it without a certificate must not become it.
    pub(super) fn by_mesh_proxy(&self, proxy: &Svid) -> Result<Option<Known>, Refused> {
        let invalid = |reason: String| Refused::new(Code::CredentialsInvalid, reason);
        let named = match self.arrival.headers.field(&X_FORWARDED_CLIENT_CERT) {
            Field::Absent => return Ok(None),
            Field::Repeated => {
                return Err(invalid(
                    "x-forwarded-client-cert came more than once".into(),
                ));
            }
            Field::Once(value) => forwarded_identity(value),
        };
        let spiffe_id =
            named.map_err(|why| invalid(format!("{why}; of {}", proxy.caller.application())))?;
        let caller = caller_of(spiffe_id, &self.wall.trust_domain, Proof::MeshProxy);
        Ok(Some(self.service(&caller.map_err(invalid)?)))
    }

    pub(super) fn is_mesh_proxy(&self, svid: &Svid) -> bool {
        let proxies = self.wall.proxies.as_ref();
        proxies.is_some_and(|proxies| proxies.speaks_for_others(svid.caller.consumer()))
    }
}
