//! The internal JWT in `x-internal-service-token` (RFC 7519), the fallback where mTLS is no option.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::cache::{Cache, sha256};
use super::caller_of;
use super::jws::Compact;
use super::key_set::KeySet;
use crate::fate::{Caller, Proof};
use crate::faults::{Check, skips};
use crate::manifest::ServiceToken;

pub const MAX_TOKEN_BYTES: usize = 4 * 1024;
const CACHED_TOKENS: usize = 4096;
/// How far the minter's clock may be ahead; an expiry gets no such grace.
const CLOCK_LEEWAY_S: u64 = 30;

/// Verifies a ring's service tokens. Lives as long as keys, issuer and audience stay the same.
pub struct TokenVerifier {
    spec: ServiceToken,
    trust_domain: String,
    keys: KeySet,
    verified: Cache<ServiceClaim>,
}

/// What a verified token says.
#[derive(Debug, PartialEq, Eq)]
pub struct ServiceClaim {
    pub caller: Arc<Caller>,
    pub jti: String,
    issued_at: u64,
    not_before: u64,
    expires_at: u64,
}

/// RFC 7519 §4.1. `jti` is required: without it a token could not be revoked.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    #[serde(default)]
    nbf: Option<u64>,
    iat: u64,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl TokenVerifier {
    pub fn new(spec: &ServiceToken, trust_domain: &str) -> Result<TokenVerifier, String> {
        Ok(TokenVerifier {
            spec: spec.clone(),
            trust_domain: trust_domain.to_owned(),
            keys: keys(&spec.jwks).map_err(|why| format!("JWKS: {why}"))?,
            verified: Cache::new(CACHED_TOKENS),
        })
    }

    /// Whether this was made of the same trust.
    pub fn is_of(&self, spec: &ServiceToken, trust_domain: &str) -> bool {
        let same = |a: &ServiceToken, b: &ServiceToken| {
            (&a.issuer, &a.audience, &a.jwks, a.max_lifetime_seconds)
                == (&b.issuer, &b.audience, &b.jwks, b.max_lifetime_seconds)
        };
        same(&self.spec, spec) && self.trust_domain == trust_domain
    }

    /// Who presents this token; the reason when nobody valid does. Revocation is the caller's to ask.
    pub fn judge(&self, token: &[u8], now_unix_s: u64) -> Result<Arc<ServiceClaim>, String> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err("service token is longer than 4 KiB".into());
        }
        let hash = sha256(&[token]);
        let claim = match self.verified.get(&hash) {
            Some(claim) => claim,
            None => {
                let claim = Arc::new(self.verify(token)?);
                self.verified.insert(hash, &claim);
                claim
            }
        };
        claim.check_time(now_unix_s)?;
        Ok(claim)
    }

    fn verify(&self, token: &[u8]) -> Result<ServiceClaim, String> {
        let of_token = |why: &str| format!("service token {why}");
        let compact = Compact::read(token).map_err(of_token)?;
        if compact.key_id().map_err(of_token)?.is_none() {
            return Err("service token names no key (kid)".into());
        }
        let verified = self.keys.verify(&compact);
        verified.map_err(|unverified| of_token(unverified.why()))?;
        let claims = compact.claims().map_err(of_token)?;
        let claims = serde_json::from_value(Value::Object(claims));
        self.read(claims.map_err(|error| format!("service token: {error}"))?)
    }

    fn read(&self, claims: Claims) -> Result<ServiceClaim, String> {
        let for_us = match &claims.aud {
            Audience::One(audience) => *audience == self.spec.audience,
            Audience::Many(audiences) => audiences.contains(&self.spec.audience),
        };
        let for_us = for_us || skips(Check::TokenAudience);
        if !for_us || claims.iss != self.spec.issuer {
            return Err("service token is of another issuer or for another audience".into());
        }
        if claims.exp.saturating_sub(claims.iat) > self.spec.max_lifetime_seconds {
            return Err("service token lives longer than allowed".into());
        }
        if claims.jti.is_empty() {
            return Err("service token has no id to revoke it by".into());
        }
        Ok(ServiceClaim {
            caller: caller_of(&claims.sub, &self.trust_domain, Proof::ServiceToken)?,
            jti: claims.jti,
            issued_at: claims.iat,
            not_before: claims.nbf.unwrap_or(claims.iat),
            expires_at: claims.exp,
        })
    }
}

impl ServiceClaim {
    fn check_time(&self, now_unix_s: u64) -> Result<(), String> {
        if now_unix_s >= self.expires_at && !skips(Check::TokenExpired) {
            return Err("service token has expired".into());
        }
        if now_unix_s + CLOCK_LEEWAY_S < self.not_before.max(self.issued_at) {
            return Err("service token is not valid yet".into());
        }
        Ok(())
    }
}

/// ES256 and EdDSA only (RFC 8725 §3.1): the control plane makes no other keys, and names them all.
fn keys(jwks: &Value) -> Result<KeySet, String> {
    let set = KeySet::of(jwks)?;
    let known = [Algorithm::ES256, Algorithm::EdDSA];
    let declared = jwks["keys"].as_array().map_or(0, Vec::len);
    if set.len() < declared || !set.are_named_and_for(&known) {
        return Err("a key has no `kid`, or is neither P-256 nor Ed25519".into());
    }
    Ok(set)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
