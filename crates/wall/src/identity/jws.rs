//! Signed texts in their compact form (RFC 7515 §7.1), read so that no two readers take one for two things.
//!
//! What a header names beyond algorithm, type and key id is never followed: `jku`, `x5u`, `jwk` and `x5c` would have
//! whoever sends a token say who is to be believed (RFC 8725 §3.10).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use crate::faults::{Check, skips};
use crate::validation::read_json;

/// Extensions a reader would have to understand (RFC 7515 §4.1.11, RFC 7797 §3), and what is no signed text at all.
const NOT_UNDERSTOOD: [&str; 4] = ["crit", "b64", "enc", "zip"];

/// Taken apart; nothing of it is believed yet.
pub struct Compact<'t> {
    pub header: Map<String, Value>,
    /// What it says, decoded.
    pub payload: Vec<u8>,
    /// The very bytes that were signed.
    pub message: &'t str,
    /// Still encoded.
    pub signature: &'t str,
}

impl Compact<'_> {
    /// Takes a text apart; the reason when it is none.
    pub fn read(text: &[u8]) -> Result<Compact<'_>, &'static str> {
        let text = std::str::from_utf8(text).map_err(|_| "is no text")?;
        let (message, signature) = text.rsplit_once('.').ok_or("is no JWT")?;
        let (header, payload) = message.split_once('.').ok_or("is no JWT")?;
        let payload = decoded(payload)?;
        let header = object(&decoded(header)?).ok_or("has a header that is not one JSON object")?;
        let unknown = NOT_UNDERSTOOD.iter().any(|name| header.contains_key(*name));
        if unknown && !skips(Check::CriticalHeader) {
            return Err("has a header nobody here understands (crit, b64, enc or zip)");
        }
        Ok(Compact {
            header,
            payload,
            message,
            signature,
        })
    }

    /// RFC 7519 §4: one JSON object, no name twice.
    pub fn claims(&self) -> Result<Map<String, Value>, &'static str> {
        object(&self.payload).ok_or("has claims that are not one JSON object")
    }

    /// Of those that keep a public key public; `none` and shared secrets are no algorithms here.
    pub fn algorithm(&self) -> Result<Algorithm, &'static str> {
        let name = self.header.get("alg").and_then(Value::as_str);
        name.and_then(algorithm)
            .ok_or("has an algorithm that nobody here accepts")
    }

    /// `None`: the header names no key.
    pub fn key_id(&self) -> Result<Option<&str>, &'static str> {
        match self.header.get("kid") {
            None => Ok(None),
            Some(Value::String(id)) => Ok(Some(id)),
            Some(_) => Err("has a key id that is no text"),
        }
    }
}

/// RFC 7518 §3.1, RFC 8037 §3.1, and RFC 9864 §2.2 for the other name of EdDSA with Ed25519.
pub fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "EdDSA" | "Ed25519" => Algorithm::EdDSA,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        _ => return None,
    })
}

/// RFC 7515 §2: no padding, no other alphabet, no bits left over.
fn decoded(part: &str) -> Result<Vec<u8>, &'static str> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| "has a part that is no base64url")
}

fn object(text: &[u8]) -> Option<Map<String, Value>> {
    match read_json(text) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::encode;

    fn read(header: &str, payload: &str) -> Result<(), &'static str> {
        let text = format!("{}.{}.{}", encode(header), encode(payload), "AA");
        let compact = Compact::read(text.as_bytes())?;
        compact.claims()?;
        compact.algorithm()?;
        compact.key_id().map(drop)
    }

    #[test]
    fn what_two_readers_could_take_for_two_things_is_none() {
        assert_eq!(read(r#"{"alg":"ES256"}"#, "{}"), Ok(()));
        assert_eq!(
            read(
                r#"{"alg":"ES256","kid":"a","jku":"https://evil.test"}"#,
                "{}"
            ),
            Ok(())
        );
        for (header, payload) in [
            (r#"{"alg":"none","alg":"ES256"}"#, "{}"),
            (r#"{"alg":"ES256","kid":"a","kid":"b"}"#, "{}"),
            (r#"{"alg":"ES256"}"#, r#"{"sub":"a","sub":"b"}"#),
            (r#"{"alg":"ES256"}"#, r#"{"sub":"a"}{"sub":"b"}"#),
            (r#"{"alg":"ES256"}"#, r#"{"act":{"sub":"a","sub":"b"}}"#),
            (r#"{"alg":"ES256"}"#, "[]"),
            (r#"{"alg":"ES256"}"#, ""),
            (r#"{"alg":["ES256"]}"#, "{}"),
            (r#"{"alg":"es256"}"#, "{}"),
            (r#"{"alg":"none"}"#, "{}"),
            (r#"{"alg":"None"}"#, "{}"),
            (r#"{"alg":"HS256"}"#, "{}"),
            (r#"{"alg":""}"#, "{}"),
            ("{}", "{}"),
            (r#"{"alg":"ES256","kid":1}"#, "{}"),
            (r#"{"alg":"ES256","crit":[]}"#, "{}"),
            (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, "{}"),
            (r#"{"alg":"ES256","b64":false}"#, "{}"),
            (r#"{"alg":"ES256","zip":"DEF"}"#, "{}"),
            (r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, "{}"),
            ("[]", "{}"),
            ("\u{feff}{\"alg\":\"ES256\"}", "{}"),
        ] {
            assert!(read(header, payload).is_err(), "{header} {payload}");
        }
    }

    #[test]
    fn what_is_not_three_parts_of_base64url_is_none() {
        let (header, payload) = (encode(r#"{"alg":"ES256"}"#), encode("{}"));
        for text in [
            String::new(),
            ".".into(),
            "..".into(),
            "a.b.c".into(),
            header.clone(),
            format!("{header}.{payload}"),
            format!("{header}.{payload}.AA.AA"),
            format!("{header}.{payload}=.AA"),
            format!("{header} .{payload}.AA"),
            format!("{header}\n.{payload}.AA"),
            format!("+{header}.{payload}.AA"),
            // The last character's unused bits are set.
            format!("{header}.e30x.AA").replace("e30x", "e31"),
        ] {
            assert!(Compact::read(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Compact::read(b"\xff.\xff.\xff").is_err());
    }
}
