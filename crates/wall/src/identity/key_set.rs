//! Public keys of whoever signs tokens (RFC 7517), each bound to the algorithms of its own kind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use super::jws::{Compact, algorithm};
use crate::faults::{Check, skips};

/// Keys of one set; an issuer has two or three, or four dozen where it serves many tenants.
pub const MAX_KEYS: usize = 64;
const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
/// Bits of an RSA modulus (RFC 8725 §3.5; NIST SP 800-131A), as bytes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Keys that could be used, in their order.
pub struct KeySet {
    keys: Vec<PublicKey>,
    /// What it was read from.
    source: Value,
}

struct PublicKey {
    id: Option<Box<str>>,
    /// Of its kind, or the one it was made for.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl KeySet {
    /// Keys that are not for signatures, or of a kind nobody here can use, are left out (RFC 7517 §5).
    pub fn of(source: &Value) -> Result<KeySet, String> {
        let keys = source.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("a key set has no `keys`")?;
        if keys.len() > MAX_KEYS {
            return Err(format!(
                "a key set has {} keys, more than {MAX_KEYS}",
                keys.len()
            ));
        }
        Ok(KeySet {
            keys: keys.iter().filter_map(PublicKey::of).collect(),
            source: source.clone(),
        })
    }

    pub fn is_of(&self, source: &Value) -> bool {
        self.source == *source
    }

    /// How many could be used.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Id and algorithms (RFC 7518 §3.1) of each key that could be used.
    pub fn described(&self) -> impl Iterator<Item = (Option<&str>, Vec<String>)> {
        let names = |key: &PublicKey| {
            let all = key.algorithms.iter();
            all.map(|one| format!("{one:?}")).collect()
        };
        let keys = self.keys.iter();
        keys.map(move |key| (key.id.as_deref(), names(key)))
    }

    /// Whether each has an id, and is for these algorithms alone.
    pub fn are_named_and_for(&self, algorithms: &[Algorithm]) -> bool {
        let fits = |key: &PublicKey| {
            let named = key.id.is_some() && !key.algorithms.is_empty();
            named && key.algorithms.iter().all(|one| algorithms.contains(one))
        };
        self.keys.iter().all(fits)
    }

    /// Whether the one key that could have signed this did. The key says what algorithms it is for: a token that
    /// names another one, a public key for a shared secret say, has no key (RFC 8725 §3.1).
    pub fn verify(&self, compact: &Compact<'_>) -> Result<(), Unverified> {
        let (algorithm, id) = (compact.algorithm()?, compact.key_id()?);
        let could = |key: &&PublicKey| {
            key.algorithms.contains(&algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        };
        let mut candidates = self.keys.iter().filter(could);
        let (Some(key), None) = (candidates.next(), candidates.next()) else {
            return Err(Unverified::KeyUnknown);
        };
        let verified = crypto::verify(
            compact.signature,
            compact.message.as_bytes(),
            &key.key,
            algorithm,
        );
        match verified {
            Ok(true) => Ok(()),
            _ if skips(Check::TokenSignature) => Ok(()),
            _ => Err(Unverified::Wrong("has a signature that is wrong")),
        }
    }
}

/// Why nobody known signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unverified {
    /// Nothing of it was verified: its key may be on its way, or was withdrawn.
    KeyUnknown,
    Wrong(&'static str),
}

impl Unverified {
    pub fn why(self) -> &'static str {
        match self {
            Unverified::KeyUnknown => {
                "is signed with a key that is not known, or not for its algorithm"
            }
            Unverified::Wrong(why) => why,
        }
    }
}

impl From<&'static str> for Unverified {
    fn from(why: &'static str) -> Unverified {
        Unverified::Wrong(why)
    }
}

impl PublicKey {
    fn of(jwk: &Value) -> Option<PublicKey> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if !is_for_signatures(jwk) {
            return None;
        }
        let (kind, key) = match (text("kty")?, text("crv")) {
            ("OKP", Some("Ed25519")) => (
                &[Algorithm::EdDSA][..],
                DecodingKey::from_ed_components(sized(text("x")?, 32..=32)?),
            ),
            ("EC", Some("P-256")) => (&[Algorithm::ES256][..], ec(text("x")?, text("y")?, 32)?),
            ("EC", Some("P-384")) => (&[Algorithm::ES384][..], ec(text("x")?, text("y")?, 48)?),
            ("RSA", _) => (
                &RSA[..],
                DecodingKey::from_rsa_components(sized(text("n")?, RSA_BYTES)?, text("e")?),
            ),
            _ => return None,
        };
        let algorithms = match jwk.get("alg") {
            None => kind.to_vec(),
            Some(made_for) => {
                let made_for = algorithm(made_for.as_str()?)?;
                vec![made_for]
                    .into_iter()
                    .filter(|one| kind.contains(one))
                    .collect()
            }
        };
        Some(PublicKey {
            id: text("kid").map(Box::from),
            algorithms,
            key: key.ok()?,
        })
    }
}

/// RFC 7517 §4.2 and §4.3.
fn is_for_signatures(jwk: &Value) -> bool {
    let usable = jwk.get("use").is_none_or(|usage| usage == "sig");
    let operations = jwk.get("key_ops").map(|all| all.as_array());
    usable
        && operations.is_none_or(|all| all.is_some_and(|all| all.iter().any(|one| one == "verify")))
}

type Decoding = jsonwebtoken::errors::Result<DecodingKey>;

fn ec(x: &str, y: &str, bytes: usize) -> Option<Decoding> {
    let (x, y) = (sized(x, bytes..=bytes)?, sized(y, bytes..=bytes)?);
    Some(DecodingKey::from_ec_components(x, y))
}

/// The text, if it encodes a number of that many bytes.
fn sized(text: &str, bytes: std::ops::RangeInclusive<usize>) -> Option<&str> {
    let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
    let is_padded = *bytes.end() > *bytes.start() && decoded.first() == Some(&0);
    (bytes.contains(&decoded.len()) && !is_padded).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::encode;

    fn usable(key: Value) -> usize {
        KeySet::of(&json!({"keys": [key]})).unwrap().len()
    }

    #[test]
    fn keys_that_are_not_for_signatures_or_weak_are_left_out() {
        let okp = |more: Value| {
            let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": encode([1; 32])});
            key.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            key
        };
        assert_eq!(
            usable(okp(
                json!({"alg": "EdDSA", "use": "sig", "key_ops": ["verify"]})
            )),
            1
        );
        assert_eq!(
            usable(json!({"kty": "RSA", "n": encode([0xc1; 256]), "e": "AQAB"})),
            1
        );
        for bad in [
            okp(json!({"use": "enc"})),
            okp(json!({"use": 1})),
            okp(json!({"key_ops": ["sign"]})),
            okp(json!({"key_ops": "verify"})),
            okp(json!({"alg": "HS256"})),
            okp(json!({"alg": "none"})),
            okp(json!({"crv": "X25519"})),
            okp(json!({"x": encode([1; 31])})),
            okp(json!({"x": "!"})),
            json!({"kty": "oct", "k": encode([1; 32])}),
            json!({"kty": "EC", "crv": "P-521", "x": encode([1; 66]), "y": encode([1; 66])}),
            json!({"kty": "EC", "crv": "P-256", "x": encode([1; 32])}),
            json!({"kty": "EC", "crv": "P-256", "x": encode([1; 32]), "y": encode([1; 48])}),
            json!({"kty": "RSA", "n": encode([0xc1; 128]), "e": "AQAB"}),
            json!({"kty": "RSA", "n": encode([[0; 128], [0xc1; 128]].concat()), "e": "AQAB"}),
            json!({"kty": "RSA", "n": encode([0xc1; 1025]), "e": "AQAB"}),
            json!("key"),
        ] {
            assert_eq!(usable(bad.clone()), 0, "{bad}");
        }
        // A key made for another kind's algorithm verifies nothing.
        let set = KeySet::of(&json!({"keys": [okp(json!({"alg": "ES256"}))]})).unwrap();
        assert!(set.keys.iter().all(|key| key.algorithms.is_empty()));
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for bad in [
            json!({}),
            json!([]),
            json!({"keys": {}}),
            json!({"keys": vec![json!({}); 65]}),
        ] {
            assert!(KeySet::of(&bad).is_err(), "{bad}");
        }
    }
}
