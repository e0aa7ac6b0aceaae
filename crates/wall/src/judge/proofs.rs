//! The proofs of identity a ring may accept. Each gives a caller, nothing (not presented, or not accepted
//! here), or the refusal.

use std::sync::Arc;

use super::Judgement;
use super::answers::Refused;
use super::caller::{Counted, Known};
use crate::audience::Ring;
use crate::fate::{Caller, Field};
use crate::faults::{Check, skips};
use crate::headers::X_INTERNAL_SERVICE_TOKEN;
use crate::identity::{self, Agreement, KeyFacts, Network, Presented, Unavailable, presented_key};
use crate::manifest::Limit;
use crate::problem::Code;
use crate::scopes::Scopes;
use crate::snapshot::Terms;
use crate::trace::Trace;

pub(super) type Proven = Result<Option<Known>, Refused>;

/// What was agreed with a caller.
pub(super) struct Agreed {
    limit: Option<Limit>,
    pub terms: Option<Arc<Terms>>,
    scopes: Option<Arc<Scopes>>,
}

pub(super) fn invalid(reason: impl Into<String>) -> Refused {
    Refused::new(Code::CredentialsInvalid, reason)
}

pub(super) fn unavailable(Unavailable(reason): Unavailable) -> Refused {
    Refused::new(Code::IdentityUnavailable, reason)
}

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn by_certificate(&self) -> Proven {
        let (Some(trust), Some(presented)) = (&self.wall.svids, self.arrival.certificate) else {
            return Ok(None);
        };
        let svid = trust.judge(presented, self.now_unix_s()).map_err(invalid)?;
        let revoked = self
            .identities
            .read_with(|store| store.is_certificate_revoked(&svid.serial));
        let revoked = revoked.and_then(|revoked| revoked).map_err(unavailable)?;
        if revoked && !skips(Check::CertificateRevoked) {
            return Err(invalid(format!(
                "certificate {} of {} is revoked",
                svid.serial,
                svid.caller.application()
            )));
        }
        if self.is_mesh_proxy(&svid) {
            return self.by_mesh_proxy(&svid);
        }
        Ok(Some(self.service(&svid.caller)))
    }

    pub(super) fn by_service_token(&self) -> Proven {
        let Some(verifier) = &self.wall.service_tokens else {
            return Ok(None);
        };
        let token = match self.arrival.headers.field(&X_INTERNAL_SERVICE_TOKEN) {
            Field::Absent => return Ok(None),
            Field::Repeated => return Err(invalid("x-internal-service-token came more than once")),
            Field::Once(token) => token.trim_ascii(),
        };
        let claim = verifier.judge(token, self.now_unix_s()).map_err(invalid)?;
        let revoked = self
            .identities
            .read_with(|store| store.is_token_revoked(&claim.jti));
        let revoked = revoked.and_then(|revoked| revoked).map_err(unavailable)?;
        if revoked && !skips(Check::TokenRevoked) {
            return Err(invalid(format!(
                "service token of {} is revoked",
                claim.caller.application()
            )));
        }
        Ok(Some(self.service(&claim.caller)))
    }

    pub(super) fn by_api_key(&self) -> Proven {
        if !self.wall.accepts_api_keys {
            return Ok(None);
        }
        let text = match presented_key(self.arrival.headers) {
            Presented::Nothing => return Ok(None),
            Presented::Ambiguous(why) => return Err(invalid(why)),
            Presented::Key(text) => text,
        };
        let presented = identity::parse(text)
            .ok_or_else(|| invalid("the key is malformed or its checksum is wrong"))?;
        let sha256 = presented.sha256();
        let caller = self.identities.key(presented.id).map_err(unavailable)?;
        let Some((caller, key)) = caller.as_ref().and_then(|c| Some((c, c.key()?))) else {
            return Err(invalid(format!(
                "key {} is unknown or revoked",
                presented.id
            )));
        };
        if !equal_in_constant_time(&key.sha256, &sha256) && !skips(Check::KeySecret) {
            return Err(invalid(format!(
                "the secret of key {} is wrong",
                presented.id
            )));
        }
        self.by_key(caller, key, &presented).map(Some)
    }

    /// Judges a key whose secret was right.
    fn by_key(
        &self,
        caller: &Arc<Caller>,
        key: &KeyFacts,
        presented: &identity::Key<'_>,
    ) -> Result<Known, Refused> {
        let name = format_args!("key {}", presented.id);
        if presented.environment != &*self.wall.environment && !skips(Check::KeyEnvironment) {
            return Err(invalid(format!("{name} is of another environment")));
        }
        self.by_record(caller, key, name)
    }

    /// Judges what is on record of a key, or of a client, of this `name`.
    pub(super) fn by_record(
        &self,
        caller: &Arc<Caller>,
        key: &KeyFacts,
        name: impl std::fmt::Display,
    ) -> Result<Known, Refused> {
        if caller.environment() != &*self.wall.environment && !skips(Check::KeyEnvironment) {
            return Err(invalid(format!("{name} is of another environment")));
        }
        if key.ring != self.wall.ring && !skips(Check::KeyRing) {
            return Err(invalid(format!(
                "{name} is for the {} ring",
                key.ring.as_str()
            )));
        }
        if !key.is_valid_at(self.now_unix_s()) && !skips(Check::KeyExpired) {
            return Err(invalid(format!("{name} is expired or not valid yet")));
        }
        let agreed = self.agreed(key.agreement.map(|()| caller.agreement()))?;
        let partner_networks = agreed
            .terms
            .as_ref()
            .map(|terms| terms.networks.as_slice())
            .unwrap_or_default();
        let client = self.arrival.client_address;
        let is_admitted =
            Network::admit(key.networks(), client) && Network::admit(partner_networks, client);
        if !is_admitted && !skips(Check::KeyNetworks) {
            return Err(Refused::new(
                Code::Forbidden,
                format!("{name} may not be used from {client}"),
            ));
        }
        Ok(agreed.known(caller, self.counted(key.agreement)))
    }

    /// A plan that is gone falls back to the ring's default limit and gives no scope; a partner without an agreement is
    /// nobody.
    pub(super) fn agreed(&self, agreement: Agreement<&str>) -> Result<Agreed, Refused> {
        let usual = Agreed {
            limit: self.wall.default_limit,
            terms: None,
            scopes: None,
        };
        match agreement {
            Agreement::None => Ok(usual),
            Agreement::Plan(name) => Ok(match self.wall.plans.get(name) {
                Some(plan) => Agreed {
                    limit: Some(plan.limit),
                    scopes: plan.scopes.clone(),
                    ..usual
                },
                None => Agreed {
                    scopes: Some(Arc::default()),
                    ..usual
                },
            }),
            Agreement::Partner(name) => match self.wall.partners.get(name) {
                Some(terms) => Ok(Agreed {
                    limit: Some(terms.limit),
                    scopes: terms.scopes.clone(),
                    terms: Some(Arc::clone(terms)),
                }),
                None => Err(invalid(format!(
                    "there is no agreement with partner {name}"
                ))),
            },
        }
    }

    fn counted(&self, agreement: Agreement<()>) -> Counted {
        match (self.wall.ring, agreement) {
            (_, Agreement::Partner(_)) => Counted::Partner,
            (Ring::Internal, _) => Counted::Service,
            _ => Counted::Key,
        }
    }

    pub(super) fn service(&self, caller: &Arc<Caller>) -> Known {
        Known {
            caller: Arc::clone(caller),
            counted: Counted::Service,
            limit: self.wall.default_limit,
            terms: None,
            scopes: None,
            also: None,
        }
    }
}

impl Agreed {
    pub(super) fn known(self, caller: &Arc<Caller>, counted: Counted) -> Known {
        let Agreed {
            limit,
            terms,
            scopes,
        } = self;
        Known {
            caller: Arc::clone(caller),
            counted,
            limit,
            terms,
            scopes,
            also: None,
        }
    }
}

/// Takes the same time wherever the difference is.
fn equal_in_constant_time(a: &[u8; 32], b: &[u8; 32]) -> bool {
    std::hint::black_box(
        a.iter()
            .zip(b)
            .fold(0, |difference, (a, b)| difference | (a ^ b)),
    ) == 0
}
