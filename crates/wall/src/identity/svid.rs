//! X.509-SVIDs (SPIFFE X509-SVID §2-5), judged at every request: a resumed TLS session skips the handshake's
//! verifier, and expiry, revocation and trust bundle may have changed since.

use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::cache::{Cache, sha256};
use super::{caller_of, normal_serial};
use crate::fate::{Caller, PeerCertificate, Proof};

const MAX_CHAIN: usize = 5;
const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;
const CACHED_VERDICTS: usize = 4096;

/// The CAs that may issue a ring's SVIDs.
pub struct TrustBundle {
    pem: String,
    trust_domain: String,
    anchors: Vec<TrustAnchor<'static>>,
    verified: Cache<Svid>,
}

/// A certificate whose chain was verified.
#[derive(Debug, PartialEq, Eq)]
pub struct Svid {
    pub caller: Arc<Caller>,
    /// Hex, as revocations are stored.
    pub serial: String,
    /// Seconds since the Unix epoch; of the whole chain.
    not_before: i64,
    not_after: i64,
}

impl TrustBundle {
    pub fn from_pem(pem: &str, trust_domain: &str) -> Result<TrustBundle, String> {
        let anchors = CertificateDer::pem_slice_iter(pem.as_bytes()).map(|certificate| {
            let der = certificate.map_err(|error| format!("trust bundle is no PEM: {error}"))?;
            let anchor = anchor_from_trusted_cert(&der)
                .map_err(|error| format!("no CA certificate: {error}"))?;
            Ok(anchor.to_owned())
        });
        let anchors = anchors.collect::<Result<Vec<_>, String>>()?;
        if anchors.is_empty() {
            return Err("trust bundle holds no certificate".into());
        }
        let verified = Cache::new(CACHED_VERDICTS);
        Ok(TrustBundle {
            pem: pem.to_owned(),
            trust_domain: trust_domain.to_owned(),
            anchors,
            verified,
        })
    }

    /// Whether this was made of the same PEM and trust domain.
    pub fn is_of(&self, pem: &str, trust_domain: &str) -> bool {
        self.pem == pem && self.trust_domain == trust_domain
    }

    /// Who presents this chain; the reason when nobody valid does. Revocation is the caller's to ask.
    pub fn judge(&self, presented: &PeerCertificate, now_unix_s: u64) -> Result<Arc<Svid>, String> {
        let leaf = presented
            .chain
            .first()
            .ok_or("an empty certificate chain")?;
        let hash = sha256(&[leaf]);
        let svid = match self.verified.get(&hash) {
            Some(svid) => svid,
            None => {
                let svid = Arc::new(self.verify(&presented.chain, now_unix_s)?);
                self.verified.insert(hash, &svid);
                svid
            }
        };
        let now = i64::try_from(now_unix_s).map_err(|_| "the clock is beyond time")?;
        if now < svid.not_before || now > svid.not_after {
            return Err(format!(
                "certificate of {} is not valid now",
                svid.caller.application()
            ));
        }
        Ok(svid)
    }

    fn verify(&self, chain: &[Vec<u8>], now_unix_s: u64) -> Result<Svid, String> {
        if chain.len() > MAX_CHAIN || chain.iter().any(|der| der.len() > MAX_CERTIFICATE_BYTES) {
            return Err("certificate chain is too large".into());
        }
        let ders: Vec<CertificateDer<'_>> = chain.iter().map(|der| der.as_slice().into()).collect();
        let refused = |error: webpki::Error| format!("certificate is not trusted: {error}");
        let leaf = EndEntityCert::try_from(&ders[0]).map_err(refused)?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now_unix_s));
        let usage = KeyUsage::client_auth();
        leaf.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &self.anchors,
            &ders[1..],
            now,
            usage,
            None,
            None,
        )
        .map_err(refused)?;
        self.read(chain)
    }

    fn read(&self, chain: &[Vec<u8>]) -> Result<Svid, String> {
        let parsed = chain
            .iter()
            .map(|der| X509Certificate::from_der(der).map(|(_, certificate)| certificate));
        let parsed = parsed
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("certificate: {error}"))?;
        check_leaf(&parsed[0])?;
        let spiffe_id = only_uri(&parsed[0])?;
        let validity = parsed.iter().map(|certificate| certificate.validity());
        let not_before = validity
            .clone()
            .map(|validity| validity.not_before.timestamp())
            .max();
        let not_after = validity
            .map(|validity| validity.not_after.timestamp())
            .min();
        Ok(Svid {
            caller: caller_of(spiffe_id, &self.trust_domain, Proof::MutualTls)?,
            serial: normal_serial(&parsed[0].raw_serial_as_string()),
            not_before: not_before.unwrap_or(i64::MAX),
            not_after: not_after.unwrap_or(i64::MIN),
        })
    }
}

/// X509-SVID §4: a leaf signs messages, never certificates.
fn check_leaf(leaf: &X509Certificate<'_>) -> Result<(), String> {
    let error = |error| format!("certificate: {error}");
    if leaf
        .basic_constraints()
        .map_err(error)?
        .is_some_and(|constraints| constraints.value.ca)
    {
        return Err("certificate is of a CA".into());
    }
    let usage = leaf
        .key_usage()
        .map_err(error)?
        .ok_or("certificate has no key usage")?
        .value;
    if !usage.digital_signature() || usage.key_cert_sign() || usage.crl_sign() {
        return Err("certificate is not for signatures alone".into());
    }
    Ok(())
}

/// X509-SVID §2: exactly one URI in the subject alternative names.
fn only_uri<'c>(leaf: &'c X509Certificate<'_>) -> Result<&'c str, String> {
    let names = leaf
        .subject_alternative_name()
        .map_err(|error| format!("certificate: {error}"))?;
    let names = names
        .map(|names| names.value.general_names.as_slice())
        .unwrap_or_default();
    let mut uris = names.iter().filter_map(|name| {
        if let GeneralName::URI(uri) = name {
            Some(*uri)
        } else {
            None
        }
    });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => Ok(uri),
        _ => Err("certificate has not exactly one URI name".into()),
    }
}

#[cfg(test)]
#[path = "svid_tests.rs"]
mod tests;
