//! What a request is judged by once its API key is found: the key's record, made ready for many requests.

use super::Network;
use super::record::{Agreement, Credential};
use crate::audience::Ring;
use crate::fate::Caller;
use crate::faults::{Check, skips};
use crate::scopes::Scopes;

/// One key as the store has it; its names are the caller's. See [`Credential`].
#[derive(Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Of the whole key.
    pub sha256: [u8; 32],
    /// Seconds since the Unix epoch; 0 and `u64::MAX` where there is no bound.
    valid: std::ops::Range<u64>,
    pub ring: Ring,
    pub agreement: Agreement<()>,
    /// Few keys are restricted.
    restrictions: Option<Box<Restrictions>>,
}

/// What a key was restricted to when it was made, and what its application is pinned to; empty: whatever its ring and
/// agreement allow.
#[derive(Debug, PartialEq, Eq)]
struct Restrictions {
    apis: Box<[Box<str>]>,
    /// `api:version`.
    versions: Box<[Box<str>]>,
    networks: Box<[Network]>,
    /// None: every scope of the agreement.
    scopes: Option<Scopes>,
    /// `api:version` that is meant where a request names none.
    pins: Box<[Box<str>]>,
}

/// The caller whose key this is; `None` if a name in the record cannot be told to an upstream.
pub(super) fn caller_of_key(id: &str, credential: Credential<'_>) -> Option<Caller> {
    let agreement = match credential.agreement {
        Agreement::None => "",
        Agreement::Plan(name) | Agreement::Partner(name) => name,
    };
    // A partner's limit is the agreement's, so its name is the agreement's too.
    let consumer = match credential.agreement {
        Agreement::Partner(name) => name,
        Agreement::None | Agreement::Plan(_) => credential.consumer,
    };
    let names = [consumer, credential.application, id];
    let environment = credential.environment;
    Caller::with_key(names, environment, agreement, KeyFacts::of(credential))
}

impl KeyFacts {
    fn of(credential: Credential<'_>) -> KeyFacts {
        let valid = credential.not_before.unwrap_or(0)..credential.expires_at.unwrap_or(u64::MAX);
        KeyFacts {
            sha256: credential.sha256,
            valid,
            ring: credential.ring,
            agreement: credential.agreement.map(|_| ()),
            restrictions: Restrictions::of(
                credential.apis,
                credential.versions,
                credential.networks,
                credential.scopes,
                credential.pins,
            ),
        }
    }

    /// Seconds since the Unix epoch.
    pub fn is_valid_at(&self, now: u64) -> bool {
        self.valid.contains(&now)
    }

    /// The reason, if the key was restricted to others.
    pub fn permit(&self, api: &str, version: &str) -> Result<(), String> {
        match &self.restrictions {
            None => Ok(()),
            Some(restrictions) => restrictions.permit(api, version),
        }
    }

    /// The version of an API that is meant where a request names none.
    pub fn pinned(&self, api: &str) -> Option<&str> {
        let restrictions = self.restrictions.as_ref()?;
        let mut pins = restrictions.pins.iter();
        pins.find_map(|pin| pin.split_once(':').filter(|(name, _)| *name == api))
            .map(|(_, version)| version)
    }

    pub fn carries(&self, scope: &str) -> bool {
        let restrictions = self.restrictions.as_ref();
        let scopes = restrictions.and_then(|restrictions| restrictions.scopes.as_ref());
        scopes.is_none_or(|scopes| scopes.has(scope) || skips(Check::ScopeOfKey))
    }

    /// Networks the key may be used from; empty: any.
    pub fn networks(&self) -> &[Network] {
        self.restrictions
            .as_ref()
            .map_or(&[], |restrictions| &restrictions.networks)
    }
}

impl Restrictions {
    fn of(
        apis: Vec<&str>,
        versions: Vec<&str>,
        networks: Vec<Network>,
        scopes: Vec<&str>,
        pins: Vec<&str>,
    ) -> Option<Box<Restrictions>> {
        let names_nothing = [&apis, &versions, &scopes, &pins]
            .iter()
            .all(|names| names.is_empty());
        if names_nothing && networks.is_empty() {
            return None;
        }
        let owned = |names: Vec<&str>| names.into_iter().map(Into::into).collect();
        Some(Box::new(Restrictions {
            apis: owned(apis),
            versions: owned(versions),
            networks: networks.into(),
            scopes: (!scopes.is_empty()).then(|| Scopes::new(scopes)),
            pins: owned(pins),
        }))
    }

    fn permit(&self, api: &str, version: &str) -> Result<(), String> {
        if !self.apis.is_empty() && !self.apis.iter().any(|allowed| **allowed == *api) {
            return Err(format!("the key is restricted to other APIs than {api}"));
        }
        let names = |allowed: &str| allowed.split_once(':') == Some((api, version));
        if !self.versions.is_empty() && !self.versions.iter().any(|allowed| names(allowed)) {
            return Err(format!(
                "the key is restricted to other versions than {api}:{version}"
            ));
        }
        Ok(())
    }
}
