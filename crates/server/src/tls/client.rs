//! The handshake's part of mTLS: whoever presents a certificate proves to hold its key, and nothing more is
//! asked here. Trust, expiry and revocation are the wall's, per request: a resumed session never comes here.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// What is taken of a client: certificates, the leaf among them, and bytes of all together. A connection keeps them
/// for as long as it lasts, and a session until it is forgotten.
#[derive(Debug)]
pub struct Longest {
    pub certificates: usize,
    pub bytes: usize,
}

/// Longer chains and larger certificates are nobody's X.509-SVID.
pub const OF_SERVICES: Longest = Longest {
    certificates: 6,
    bytes: 96 * 1024,
};
/// Of strangers, of whose chain nothing counts but the leaf.
pub const OF_STRANGERS: Longest = Longest {
    certificates: 4,
    bytes: 16 * 1024,
};

#[derive(Debug)]
pub struct AnyWellFormedChain {
    provider: Arc<CryptoProvider>,
    longest: Longest,
}

impl AnyWellFormedChain {
    pub fn new(longest: Longest) -> AnyWellFormedChain {
        AnyWellFormedChain {
            provider: Arc::new(ring::default_provider()),
            longest,
        }
    }
}

impl ClientCertVerifier for AnyWellFormedChain {
    /// Callers with a key or a token come without a certificate.
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// No hints: the names of the CAs a ring trusts are nobody's business before it is known who asks.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let bytes = intermediates
            .iter()
            .fold(leaf.len(), |sum, der| sum + der.len());
        if intermediates.len() >= self.longest.certificates || bytes > self.longest.bytes {
            return Err(Error::General("certificate chain too long".to_owned()));
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
