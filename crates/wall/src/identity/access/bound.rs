//! What a token is bound to (`cnf`, RFC 7800 §3.1): whoever presents it proves to have that.

use serde_json::Value;

use super::claims::Claims;

/// SHA-256 in base64url.
const HASH_BYTES: usize = 43;

/// Every member has to be proven; nothing: whoever bears the token may use it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Thumbprint of the key of its proofs (RFC 9449 §6.1).
    pub jkt: Option<Box<str>>,
    /// Of the client's certificate (RFC 8705 §3.1).
    pub certificate: Option<Box<str>>,
}

impl Bound {
    /// What nobody here could prove is not passed over.
    pub fn of(claims: &Claims) -> Result<Bound, &'static str> {
        const WHY: &str = "is bound to something (cnf) that cannot be proven here";
        let Some(said) = claims.get("cnf") else {
            return Ok(Bound::default());
        };
        let members = said.as_object().filter(|members| !members.is_empty());
        let mut bound = Bound::default();
        for (name, value) in members.ok_or(WHY)? {
            let hash = hash(value).ok_or(WHY)?;
            match name.as_str() {
                "jkt" => bound.jkt = Some(hash),
                "x5t#S256" => bound.certificate = Some(hash),
                _ => return Err(WHY),
            }
        }
        Ok(bound)
    }
}

fn hash(value: &Value) -> Option<Box<str>> {
    let text = value.as_str().filter(|text| text.len() == HASH_BYTES)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    text.bytes().all(legal).then(|| text.into())
}
