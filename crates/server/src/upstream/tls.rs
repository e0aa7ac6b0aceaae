//! What one upstream's TLS is made of: whom the gateway trusts there, and who it says it is.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::catch_unwind;
use std::sync::Arc;

use pingora::protocols::tls::CaType;
use pingora::tls::{CertificateDer, PrivateKeyDer};
use pingora::upstreams::peer::HttpPeer;
use pingora::utils::tls::{CertKey, WrappedX509, parse_x509};
use rustls_pki_types::pem::PemObject;
use wall::bundle::Tls;

use crate::secrets::Secrets;

/// Parsed once per upstream and secret, used at every handshake.
pub struct Identity {
    ca: Option<Arc<CaType>>,
    client: Option<Arc<CertKey>>,
    /// Connections are shared by those alone who trust and show the same: Pingora's pool looks at neither CA nor key.
    group: u64,
}

impl Identity {
    /// `Err` says what is missing; nothing of a secret is in it.
    pub fn new(tls: &Tls, secrets: &Secrets) -> Result<Identity, String> {
        let key = match &tls.client_key {
            Some(reference) => Some(
                secrets
                    .value(reference)
                    .ok_or(format!("no value for {reference}"))?,
            ),
            None => None,
        };
        let mut hasher = DefaultHasher::new();
        (
            tls.ca_pem.as_ref(),
            tls.client_certificate_pem.as_ref(),
            &key,
        )
            .hash(&mut hasher);
        Ok(Identity {
            ca: tls.ca_pem.as_deref().map(authorities).transpose()?,
            client: client(tls.client_certificate_pem.as_deref(), key.as_deref())?,
            group: hasher.finish(),
        })
    }

    pub fn show_on(&self, peer: &mut HttpPeer) {
        peer.options.ca.clone_from(&self.ca);
        peer.client_cert_key.clone_from(&self.client);
        peer.group_key = self.group;
    }
}

fn authorities(pem: &str) -> Result<Arc<CaType>, String> {
    let certificates = certificates(pem)?;
    // `parse_x509` panics at what is no certificate.
    let wrapped = catch_unwind(|| {
        let wrap = |der| WrappedX509::new(der, parse_x509);
        certificates.into_iter().map(wrap).collect::<Vec<_>>()
    });
    wrapped
        .map(|wrapped| Arc::from(wrapped.into_boxed_slice()))
        .map_err(|_| "the CA is no X.509 certificate".to_owned())
}

fn client(pem: Option<&str>, key: Option<&str>) -> Result<Option<Arc<CertKey>>, String> {
    let (Some(pem), Some(key)) = (pem, key) else {
        return Ok(None);
    };
    let no_key = |_| "the client key is no PEM private key".to_owned();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(no_key)?;
    rustls::crypto::ring::sign::any_supported_type(&key)
        .map_err(|_| "the client key is of a kind nobody supports".to_owned())?;
    let certificates = certificates(pem)?;
    catch_unwind(|| Arc::new(CertKey::new(certificates, key.secret_der().to_vec())))
        .map(Some)
        .map_err(|_| "the client certificate is no X.509 certificate".to_owned())
}

fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    let found: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|certificate| certificate.map(|der| der.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|_| "a certificate is no PEM".to_owned())?;
    match found.is_empty() {
        true => Err("there is no certificate".to_owned()),
        false => Ok(found),
    }
}
