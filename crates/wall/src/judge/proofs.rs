//! The proofs of identity a ring may accept. Each gives a caller, nothing (not presented, or not accepted
//! here), or the refusal.

use std::sync::Arc;

use super::Judgement;
use super::answers::Refused;
use super::caller::{Counted, Known, Restrictions};
use crate::audience::Ring;
use crate::fate::{Caller, Field, Proof};
use crate::identity::{
    self, Agreement, Credential, Network, Presented, Unavailable, presented_key,
};
use crate::manifest::Limit;
use crate::problem::Code;
use crate::snapshot::Terms;
use crate::trace::Trace;

type Proven = Result<Option<Known>, Refused>;

fn invalid(reason: impl Into<String>) -> Refused {
    Refused::new(Code::CredentialsInvalid, reason)
}

fn unavailable(Unavailable(reason): Unavailable) -> Refused {
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
        if revoked.and_then(|revoked| revoked).map_err(unavailable)? {
            return Err(invalid(format!(
                "certificate {} of {} is revoked",
                svid.serial, svid.spiffe_id
            )));
        }
        if self.is_mesh_proxy(&svid) {
            return self.by_mesh_proxy(&svid);
        }
        Ok(Some(self.service(
            &svid.service,
            &svid.spiffe_id,
            Proof::MutualTls,
        )))
    }

    pub(super) fn by_service_token(&self) -> Proven {
        let Some(verifier) = &self.wall.service_tokens else {
            return Ok(None);
        };
        let token = match self.arrival.headers.field("x-internal-service-token") {
            Field::Absent => return Ok(None),
            Field::Repeated => return Err(invalid("x-internal-service-token came more than once")),
            Field::Once(token) => token.trim_ascii(),
        };
        let claim = verifier.judge(token, self.now_unix_s()).map_err(invalid)?;
        let revoked = self
            .identities
            .read_with(|store| store.is_token_revoked(&claim.jti));
        if revoked.and_then(|revoked| revoked).map_err(unavailable)? {
            return Err(invalid(format!(
                "service token of {} is revoked",
                claim.spiffe_id
            )));
        }
        Ok(Some(self.service(
            &claim.service,
            &claim.spiffe_id,
            Proof::ServiceToken,
        )))
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
        let key = identity::parse(text)
            .ok_or_else(|| invalid("the key is malformed or its checksum is wrong"))?;
        let sha256 = key.sha256();
        let judged = self.identities.read_with(|store| {
            match store.credential(key.id).map_err(unavailable)? {
                Some(credential) if equal_in_constant_time(&credential.sha256, &sha256) => self
                    .by_credential(&credential, key.environment, key.id)
                    .map(Some),
                Some(_) => Err(invalid(format!("the secret of key {} is wrong", key.id))),
                None => Err(invalid(format!("key {} is unknown or revoked", key.id))),
            }
        });
        judged.map_err(unavailable)?
    }

    /// Judges the record of a key whose secret was right.
    fn by_credential(
        &self,
        credential: &Credential<'_>,
        environment: &str,
        id: &str,
    ) -> Result<Known, Refused> {
        let now = self.now_unix_s();
        if *environment != *self.wall.environment
            || *credential.environment != *self.wall.environment
        {
            return Err(invalid(format!("key {id} is of another environment")));
        }
        if credential.ring != self.wall.ring {
            return Err(invalid(format!(
                "key {id} is for the {} ring",
                credential.ring.as_str()
            )));
        }
        if credential.not_before.is_some_and(|start| now < start)
            || credential.expires_at.is_some_and(|end| now >= end)
        {
            return Err(invalid(format!("key {id} is expired or not valid yet")));
        }
        let (limit, terms) = self.agreed(credential.agreement)?;
        let partner_networks = terms
            .as_ref()
            .map(|terms| terms.networks.as_slice())
            .unwrap_or_default();
        let client = self.arrival.client_address;
        if !Network::admit(&credential.networks, client)
            || !Network::admit(partner_networks, client)
        {
            return Err(Refused::new(
                Code::Forbidden,
                format!("key {id} may not be used from {client}"),
            ));
        }
        let owned = |names: &[&str]| names.iter().map(|name| Box::from(*name)).collect();
        Ok(Known {
            caller: Caller {
                consumer: self.consumer_of(credential),
                application: credential.application.into(),
                key_id: Some(id.into()),
                proof: Proof::ApiKey,
            },
            counted: self.counted(credential.agreement),
            limit,
            terms,
            restrictions: Restrictions {
                apis: owned(&credential.apis),
                versions: owned(&credential.versions),
            },
        })
    }

    /// A plan that is gone falls back to the ring's default; a partner without an agreement is nobody.
    fn agreed(
        &self,
        agreement: Agreement<'_>,
    ) -> Result<(Option<Limit>, Option<Arc<Terms>>), Refused> {
        match agreement {
            Agreement::None => Ok((self.wall.default_limit, None)),
            Agreement::Plan(name) => Ok((
                self.wall
                    .plans
                    .get(name)
                    .map(|plan| plan.limit)
                    .or(self.wall.default_limit),
                None,
            )),
            Agreement::Partner(name) => match self.wall.partners.get(name) {
                Some(terms) => Ok((Some(terms.limit), Some(Arc::clone(terms)))),
                None => Err(invalid(format!(
                    "there is no agreement with partner {name}"
                ))),
            },
        }
    }

    /// A partner's limit is the agreement's, so its name is the agreement's too.
    fn consumer_of(&self, credential: &Credential<'_>) -> Arc<str> {
        match credential.agreement {
            Agreement::Partner(name) => name.into(),
            Agreement::None | Agreement::Plan(_) => credential.consumer.into(),
        }
    }

    fn counted(&self, agreement: Agreement<'_>) -> Counted {
        match (self.wall.ring, agreement) {
            (_, Agreement::Partner(_)) => Counted::Partner,
            (Ring::Internal, _) => Counted::Service,
            _ => Counted::Key,
        }
    }

    pub(super) fn service(&self, name: &Arc<str>, spiffe_id: &Arc<str>, proof: Proof) -> Known {
        Known {
            caller: Caller {
                consumer: name.clone(),
                application: spiffe_id.clone(),
                key_id: None,
                proof,
            },
            counted: Counted::Service,
            limit: self.wall.default_limit,
            terms: None,
            restrictions: Restrictions::default(),
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
