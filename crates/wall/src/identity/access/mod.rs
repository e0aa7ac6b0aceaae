//! Access tokens of outside issuers, and of our own authorization server (RFC 7519, RFC 9068), presented as `Authorization: Bearer` (RFC 6750 §2.1).
//!
//! Nothing is asked of anybody: the issuers and what is expected of their tokens are in the revision, their keys too
//! or beside it. A token's signature is verified once and remembered by its hash, for as long as the keys it was
//! verified with are its issuer's; when it holds is judged each time.

mod bound;
mod claims;
mod client;
mod spec;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::cache::{Cache, sha256};
use super::jws::{self, Compact};
use super::key_set::{KeySet, Unverified};
use crate::audience::Ring;
use crate::fate::Caller;
use crate::faults::{Check, skips};
use claims::Times;

pub use bound::Bound;
pub use client::ClientToken;
pub use spec::{Callers, Issuer, KeySource, Per, SubjectLogging, TokenType};

/// Header fields have 32 KiB together; tokens with long lists of roles have five.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Of each of two generations: subjects that call within a while, half a kilobyte each.
const CACHED_TOKENS: usize = 32 * 1024;
const MAX_LEEWAY_SECONDS: u64 = 300;

/// Verifies the tokens one ring accepts.
pub struct AccessTokens {
    trust_domain: Box<str>,
    accepted: Vec<Accepted>,
    verified: Cache<AccessClaim>,
}

/// An issuer, ready for use.
struct Accepted {
    spec: Issuer,
    algorithms: Vec<Algorithm>,
    /// `None`: they did not arrive yet.
    keys: RwLock<Option<Arc<KeySet>>>,
}

/// What a verified token says.
pub struct AccessClaim {
    pub presenter: Presenter,
    pub bound: Bound,
    issuer: usize,
    times: Times,
    /// It was verified with these.
    keys: Arc<KeySet>,
}

/// Who presents a token.
pub enum Presenter {
    /// As its issuer and the estate say.
    Caller(Arc<Caller>),
    /// As is on record.
    Client(ClientToken),
}

/// Why a token opens nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum Rejected {
    Invalid(String),
    /// It may be one of the issuer's at another time: it has ended or not begun, or its key is not known (yet).
    Untimely(String),
    /// Nobody can say: the issuer's keys are not there.
    Unavailable(String),
}

/// Keys of issuers by the address they were fetched from: what the control plane writes beside the revision.
#[derive(Default)]
pub struct KeySets(HashMap<String, Arc<KeySet>>);

#[derive(Deserialize)]
struct WrittenKeySets {
    key_sets: HashMap<String, Value>,
}

impl KeySets {
    /// Reads `issuers/keys.json`; sets that did not change are those of `before`. One that is none is left out.
    pub fn read(written: &[u8], before: &KeySets) -> Result<KeySets, String> {
        let written: WrittenKeySets =
            serde_json::from_slice(written).map_err(|error| error.to_string())?;
        let kept = |(uri, source): (String, Value)| {
            let same = before.0.get(&uri).filter(|set| set.is_of(&source));
            let set = same.map(Arc::clone);
            set.or_else(|| KeySet::of(&source).ok().map(Arc::new))
                .map(|set| (uri, set))
        };
        Ok(KeySets(
            written.key_sets.into_iter().filter_map(kept).collect(),
        ))
    }
}

impl AccessTokens {
    pub fn new(ring: Ring, issuers: &[Issuer], trust_domain: &str) -> Result<AccessTokens, String> {
        let accepted = issuers.iter().map(|issuer| Accepted::new(ring, issuer));
        Ok(AccessTokens {
            trust_domain: trust_domain.into(),
            accepted: accepted.collect::<Result<_, _>>()?,
            verified: Cache::new(CACHED_TOKENS),
        })
    }

    /// Whether this was made of the same trust.
    pub fn is_of(&self, issuers: &[Issuer], trust_domain: &str) -> bool {
        let same = self
            .accepted
            .iter()
            .map(|accepted| &accepted.spec)
            .eq(issuers);
        same && *self.trust_domain == *trust_domain
    }

    /// Takes over the keys that came beside the revision. What was verified with others is verified anew.
    pub fn take_keys(&self, sets: &KeySets) {
        for accepted in &self.accepted {
            if let KeySource::Fetched { jwks_uri, .. } = &accepted.spec.keys {
                let keys = sets.0.get(jwks_uri).map(Arc::clone);
                *accepted
                    .keys
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = keys;
            }
        }
    }

    /// Who presents this token, and how the issuer's tokens make callers.
    pub fn judge(
        &self,
        token: &[u8],
        now_unix_s: u64,
    ) -> Result<(Arc<AccessClaim>, &Callers), Rejected> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(invalid("is longer than 8 KiB"));
        }
        let hash = sha256(&[token]);
        let claim = match self.remembered(&hash) {
            Some(claim) => claim,
            None => {
                let claim = Arc::new(self.verify(token)?);
                self.verified.insert(hash, &claim);
                claim
            }
        };
        let spec = &self.accepted[claim.issuer].spec;
        claim
            .times
            .judge(now_unix_s, spec.leeway_seconds)
            .map_err(|why| Rejected::Untimely(format!("a token of {} {why}", spec.name)))?;
        Ok((claim, &spec.callers))
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Arc<AccessClaim>> {
        let claim = self.verified.get(hash)?;
        let keys = self.accepted[claim.issuer].keys();
        let stands = keys.is_some_and(|keys| Arc::ptr_eq(&keys, &claim.keys));
        (stands || skips(Check::AccessKeyWithdrawn)).then_some(claim)
    }

    fn verify(&self, token: &[u8]) -> Result<AccessClaim, Rejected> {
        let compact = Compact::read(token).map_err(invalid)?;
        let claims = compact.claims().map_err(invalid)?;
        let issuer = self.issuer(claims.get("iss").and_then(Value::as_str))?;
        let accepted = &self.accepted[issuer];
        let of_issuer =
            |why: &str| Rejected::Invalid(format!("a token of {} {why}", accepted.spec.name));
        claims::check_type(&compact, accepted.spec.typ).map_err(of_issuer)?;
        accepted.check_algorithm(&compact).map_err(of_issuer)?;
        let keys = accepted.keys().ok_or_else(|| accepted.without_keys())?;
        keys.verify(&compact).map_err(|unverified| {
            let why = format!("a token of {} {}", accepted.spec.name, unverified.why());
            match unverified {
                Unverified::KeyUnknown => Rejected::Untimely(why),
                Unverified::Wrong(_) => Rejected::Invalid(why),
            }
        })?;
        claims::check_use(&claims, &accepted.spec.audiences).map_err(of_issuer)?;
        let bound = Bound::of(&claims).or_else(|why| {
            let passed_over = skips(Check::AccessBound).then(Bound::default);
            passed_over.ok_or(of_issuer(why))
        })?;
        let times = Times::of(&claims).map_err(of_issuer)?;
        let presenter =
            claims::presenter(&accepted.spec, &self.trust_domain, &claims).map_err(of_issuer)?;
        Ok(AccessClaim {
            presenter,
            bound,
            issuer,
            times,
            keys,
        })
    }

    /// Only this issuer's keys are tried: what one issuer signs says nothing for another.
    fn issuer(&self, said: Option<&str>) -> Result<usize, Rejected> {
        let named = said.and_then(|said| {
            let mut accepted = self.accepted.iter();
            accepted.position(|accepted| accepted.spec.issuer == said)
        });
        let named = named.or(skips(Check::AccessIssuer).then_some(0));
        named.ok_or_else(|| invalid("is of an issuer this ring does not accept"))
    }
}

impl Accepted {
    fn new(ring: Ring, spec: &Issuer) -> Result<Accepted, String> {
        let of_issuer = |why: &str| format!("issuer {}: {why}", spec.name);
        let belongs = match spec.callers {
            Callers::Partners { .. } => ring == Ring::Partner,
            Callers::Services { .. } | Callers::People {} => ring == Ring::Internal,
            Callers::Developers { .. } => ring == Ring::Public,
            Callers::Clients => ring.is_outer(),
        };
        if !belongs || spec.leeway_seconds > MAX_LEEWAY_SECONDS {
            return Err(of_issuer(
                "its callers are of another ring, or its leeway has no bound",
            ));
        }
        let named = spec.algorithms.iter().map(|name| jws::algorithm(name));
        let algorithms: Option<Vec<_>> = named.collect();
        let algorithms = algorithms.filter(|all| !all.is_empty());
        let keys = match &spec.keys {
            KeySource::Estate { jwks } => {
                Some(Arc::new(KeySet::of(jwks).map_err(|why| of_issuer(&why))?))
            }
            KeySource::Fetched { .. } => None,
        };
        Ok(Accepted {
            spec: spec.clone(),
            algorithms: algorithms
                .ok_or_else(|| of_issuer("an algorithm is none that is accepted"))?,
            keys: RwLock::new(keys),
        })
    }

    fn keys(&self) -> Option<Arc<KeySet>> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// RFC 8725 §3.1.
    fn check_algorithm(&self, compact: &Compact<'_>) -> Result<(), &'static str> {
        let said = compact.algorithm()?;
        if self.algorithms.contains(&said) || skips(Check::AccessAlgorithm) {
            return Ok(());
        }
        Err("has an algorithm that is not accepted of it")
    }

    fn without_keys(&self) -> Rejected {
        Rejected::Unavailable(format!(
            "the keys of issuer {} did not arrive yet",
            self.spec.name
        ))
    }
}

/// What a token says, whose signature was right before.
pub(crate) fn presented_claims(token: &[u8]) -> Option<serde_json::Map<String, Value>> {
    Compact::read(token).ok()?.claims().ok()
}

fn invalid(why: &str) -> Rejected {
    Rejected::Invalid(format!("a token {why}"))
}

#[cfg(test)]
mod tests;
