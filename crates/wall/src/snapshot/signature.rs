//! The manifest's signature: compact JWS (RFC 7515), `alg: EdDSA` (RFC 8037), one type, the keys the node trusts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;

use super::Refusal;
use crate::faults::{Check, skips};
use crate::manifest::{FEATURES, FORMAT, Manifest};

const MAX_MANIFEST_BYTES: usize = 64 << 20;

/// Unknown header members are ignored, but `crit` demands what we do not do (RFC 7515 §4.1.11).
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// What must be understood before the rest is read.
#[derive(Deserialize)]
struct Preamble {
    format: u32,
    #[serde(default)]
    requires: Vec<String>,
}

/// The manifest, if it is signed with one of these keys and of a format this build understands. There are two
/// keys while the signing key is being replaced.
pub fn verify_manifest(signed: &[u8], public_keys: &[[u8; 32]]) -> Result<Manifest, Refusal> {
    let payload = verified_payload(signed, public_keys)?;
    let malformed = |error| Refusal::new("manifest_malformed", format!("{error}"));
    let preamble: Preamble = serde_json::from_slice(&payload).map_err(malformed)?;
    check_format("manifest", preamble.format, &preamble.requires)?;
    serde_json::from_slice(&payload).map_err(malformed)
}

/// Unknown members are ignored, unknown formats and required features are not.
pub(super) fn check_format(what: &str, format: u32, requires: &[String]) -> Result<(), Refusal> {
    if format != FORMAT {
        let message = format!("{what} has format {format}, this gateway reads {FORMAT}");
        return Err(Refusal::new("format_unknown", message));
    }
    match requires
        .iter()
        .find(|name| !FEATURES.contains(&name.as_str()))
    {
        Some(name) => {
            let message =
                format!("{what} requires `{name}`, which this gateway does not know: upgrade it");
            Err(Refusal::new("feature_unknown", message))
        }
        None => Ok(()),
    }
}

fn verified_payload(signed: &[u8], public_keys: &[[u8; 32]]) -> Result<Vec<u8>, Refusal> {
    let invalid = |why: &str| Refusal::new("signature_invalid", why);
    if signed.len() > MAX_MANIFEST_BYTES {
        return Err(invalid("manifest is larger than 64 MiB"));
    }
    let signed = signed.trim_ascii();
    let mut parts = signed.split(|&b| b == b'.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(invalid("not a compact JWS"));
    };
    let decode = |part: &[u8]| {
        URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| invalid("not base64url"))
    };
    let described: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| invalid("header is malformed"))?;
    if described.alg != "EdDSA" || described.typ != "ringwork-manifest" || described.crit.is_some()
    {
        return Err(invalid(
            "not `alg: EdDSA`, `typ: ringwork-manifest` without `crit`",
        ));
    }
    let message = &signed[..header.len() + 1 + payload.len()];
    let signature = decode(signature)?;
    let signed_with = |key: &[u8; 32]| {
        UnparsedPublicKey::new(&ED25519, key)
            .verify(message, &signature)
            .is_ok()
    };
    if !public_keys.iter().any(signed_with) && !skips(Check::Signature) {
        return Err(invalid("not signed with a key in trust/manifest.pub"));
    }
    decode(payload)
}
