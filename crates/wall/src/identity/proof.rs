//! Proof that whoever presents a token has the private half of a key (DPoP, RFC 9449 §4.3): made for one request, good
//! once.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value, json};

use super::cache::sha256;
use super::jws::Compact;
use super::key_set::KeySet;
use crate::faults::{Check, skips};
use crate::target::Target;

/// How far a client's clock may be from ours, seconds: proofs are made for one request.
const MAX_APART_SECONDS: u64 = 60;
/// For how long one could come again.
const REMEMBERED_SECONDS: u64 = 2 * MAX_APART_SECONDS + 1;
const MAX_PROOF_BYTES: usize = 4 * 1024;
const MAX_NAME_BYTES: usize = 255;
const SHARDS: usize = 16;
/// Of each of two generations of a shard: 8,000 proofs a second, in 40 MB at most.
const MAX_REMEMBERED: usize = 64 * 1024;

/// The request a proof has to be for.
pub(crate) struct Asked<'r> {
    pub method: &'r str,
    pub target: &'r Target<'r>,
    /// `Host`, with its port.
    pub authority: &'r str,
    pub token: &'r [u8],
    /// Thumbprint of the key the token is bound to.
    pub jkt: &'r str,
    pub now_unix_s: u64,
}

/// What is to be remembered of a proof that holds; the reason when it proves nothing.
pub(crate) fn judge_proof(proof: &[u8], asked: &Asked<'_>) -> Result<[u8; 16], &'static str> {
    if proof.len() > MAX_PROOF_BYTES {
        return Err("is longer than 4 KiB");
    }
    let compact = Compact::read(proof)?;
    let claims = compact.claims()?;
    let said = compact.header.get("typ").and_then(Value::as_str);
    if !said.is_some_and(|said| said.eq_ignore_ascii_case("dpop+jwt")) && !skips(Check::ProofType) {
        return Err("is of another type than proofs are");
    }
    let thumbprint = signed_by(&compact)?;
    if thumbprint != asked.jkt && !skips(Check::ProofKey) {
        return Err("is of another key than the token is bound to");
    }
    for_request(&claims, asked)?;
    let name = claims.get("jti").and_then(Value::as_str);
    let name = name.filter(|name| (1..=MAX_NAME_BYTES).contains(&name.len()));
    let name = name.ok_or("has no name (jti)")?;
    let digest = sha256(&[thumbprint.as_bytes(), &[0], name.as_bytes()]);
    Ok(digest[..16].try_into().expect("SHA-256 has 32 bytes"))
}

/// RFC 7638 thumbprint of the key in the header, which signed it.
fn signed_by(compact: &Compact<'_>) -> Result<String, &'static str> {
    const NONE: &str = "holds no public key it is signed with";
    let jwk = compact.header.get("jwk").and_then(Value::as_object);
    let jwk = jwk.filter(|jwk| !is_private(jwk)).ok_or(NONE)?;
    let member = |name: &str| jwk.get(name).and_then(Value::as_str).ok_or(NONE);
    // Members in the order of their names; values are base64url, which JSON writes as it is.
    let known = match compact.algorithm()? {
        Algorithm::ES256 => {
            json!({"crv": "P-256", "kty": "EC", "x": member("x")?, "y": member("y")?})
        }
        Algorithm::EdDSA => json!({"crv": "Ed25519", "kty": "OKP", "x": member("x")?}),
        _ => return Err("has another algorithm than proofs have"),
    };
    if member("kty")? != known["kty"] || member("crv")? != known["crv"] {
        return Err(NONE);
    }
    let keys = KeySet::of(&json!({"keys": [known]})).map_err(|_| NONE)?;
    let alone = Compact {
        header: without_key_id(&compact.header),
        payload: Vec::new(),
        message: compact.message,
        signature: compact.signature,
    };
    keys.verify(&alone).map_err(|unverified| unverified.why())?;
    let canonical = serde_json::to_vec(&known).expect("texts are JSON");
    Ok(URL_SAFE_NO_PAD.encode(sha256(&[&canonical])))
}

fn is_private(jwk: &Map<String, Value>) -> bool {
    ["d", "k", "p", "q", "dp", "dq", "qi", "oth"]
        .iter()
        .any(|name| jwk.contains_key(*name))
}

/// The key is in the header: its name says nothing.
fn without_key_id(header: &Map<String, Value>) -> Map<String, Value> {
    let mut header = header.clone();
    header.remove("kid");
    header
}

fn for_request(claims: &Map<String, Value>, asked: &Asked<'_>) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(asked.method) && !skips(Check::ProofMethod) {
        return Err("is for another method (htm)");
    }
    let is_here = text("htu").is_some_and(|url| is_url_of(url, asked));
    if !is_here && !skips(Check::ProofUrl) {
        return Err("is for another address (htu)");
    }
    let hash = URL_SAFE_NO_PAD.encode(sha256(&[asked.token]));
    if text("ath") != Some(hash.as_str()) && !skips(Check::ProofToken) {
        return Err("is for another token (ath)");
    }
    let made = claims
        .get("iat")
        .and_then(Value::as_f64)
        .map(|at| at as u64);
    let is_now = made.is_some_and(|at| at.abs_diff(asked.now_unix_s) <= MAX_APART_SECONDS);
    if !is_now && !skips(Check::ProofTime) {
        return Err("was not made now (iat)");
    }
    Ok(())
}

/// RFC 9449 §4.3: scheme, authority and path as they are called, in normal form; whatever else a URL may have is passed
/// over.
fn is_url_of(url: &str, asked: &Asked<'_>) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = path.split(['?', '#']).next().unwrap_or("");
    let path = if path.is_empty() { "/" } else { path };
    let same = crate::target::normalise_path(path.as_bytes());
    scheme.eq_ignore_ascii_case("https")
        && without_usual_port(authority).eq_ignore_ascii_case(without_usual_port(asked.authority))
        && same.is_ok_and(|path| path == asked.target.path)
}

fn without_usual_port(authority: &str) -> &str {
    authority.strip_suffix(":443").unwrap_or(authority)
}

/// Proofs that were used, for as long as one could come again.
pub(crate) struct UsedProofs([Mutex<Shard>; SHARDS]);

#[derive(Default)]
struct Shard {
    young: HashSet<[u8; 16], ahash::RandomState>,
    old: HashSet<[u8; 16], ahash::RandomState>,
    since_unix_s: u64,
}

/// What becomes of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    First,
    Again,
    /// There are more than can be remembered.
    Full,
}

impl UsedProofs {
    pub fn new() -> UsedProofs {
        UsedProofs(std::array::from_fn(|_| Mutex::default()))
    }

    pub fn take(&self, proof: [u8; 16], now_unix_s: u64) -> Use {
        let shard = &self.0[usize::from(proof[0]) % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.grow_old(now_unix_s);
        if shard.young.contains(&proof) || shard.old.contains(&proof) {
            return Use::Again;
        }
        if shard.young.len() >= MAX_REMEMBERED {
            return Use::Full;
        }
        shard.young.insert(proof);
        Use::First
    }
}

impl Shard {
    /// What is in `old` was used more than a generation ago. A clock that went back starts a generation, and forgets
    /// none.
    fn grow_old(&mut self, now_unix_s: u64) {
        let age = now_unix_s.saturating_sub(self.since_unix_s);
        if age >= REMEMBERED_SECONDS {
            let young = std::mem::take(&mut self.young);
            self.old = if age < 2 * REMEMBERED_SECONDS {
                young
            } else {
                HashSet::default()
            };
            self.since_unix_s = now_unix_s;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_once_for_as_long_as_it_could_come_again() {
        let used = UsedProofs::new();
        let at = 1_000_000;
        assert_eq!(used.take([1; 16], at), Use::First);
        for later in [0, 1, 60, REMEMBERED_SECONDS - 1, REMEMBERED_SECONDS] {
            assert_eq!(used.take([1; 16], at + later), Use::Again, "{later}");
        }
        assert_eq!(used.take([1; 16], at + 4 * REMEMBERED_SECONDS), Use::First);
        assert_eq!(used.take([1; 16], at), Use::Again, "a clock that went back");
    }

    #[test]
    fn what_cannot_be_remembered_is_not_taken() {
        let used = UsedProofs::new();
        let proof = |number: u64| {
            let mut proof = [0; 16];
            proof[8..].copy_from_slice(&number.to_be_bytes());
            proof
        };
        for number in 0..MAX_REMEMBERED as u64 {
            assert_eq!(used.take(proof(number), 5), Use::First);
        }
        assert_eq!(used.take(proof(u64::MAX), 5), Use::Full);
        assert_eq!(used.take(proof(3), 5), Use::Again);
        assert_eq!(
            used.take(proof(u64::MAX), 5 + REMEMBERED_SECONDS),
            Use::First
        );
    }
}
