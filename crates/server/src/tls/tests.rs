//! Handshakes as a client may try them.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ServerConfig;
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, ServerConnection, SignatureScheme,
};

use super::client::{AnyWellFormedChain, OF_STRANGERS};

/// Shows what it has, whether or not the key fits.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn made() -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["client.test".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    (made.cert.der().clone(), key)
}

/// What the server knows of the client's certificate after a handshake with this one; nothing where it fails.
fn shown(
    version: &'static rustls::SupportedProtocolVersion,
    certificate: &CertificateDer<'static>,
    key: &PrivateKeyDer<'static>,
) -> Option<Vec<u8>> {
    let (own, own_key) = made();
    let provider = Arc::new(default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(AnyWellFormedChain::new(OF_STRANGERS)))
        .with_single_cert(vec![own], own_key)
        .unwrap();
    let signing = provider
        .key_provider
        .load_private_key(key.clone_key())
        .unwrap();
    let presented = Arc::new(CertifiedKey::new(vec![certificate.clone()], signing));
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_client_cert_resolver(Arc::new(Shows(presented)));
    client.resumption = Resumption::disabled();
    let name = ServerName::try_from("ring.test").unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    client.writer().write_all(b"x").unwrap();
    let mut received = [0; 1];
    for _ in 0..10 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets().ok()?;
        if server.reader().read(&mut received).is_ok() {
            return server.peer_certificates().map(|chain| chain[0].to_vec());
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets().ok()?;
    }
    None
}

#[test]
fn nobody_shows_a_certificate_whose_key_he_has_not() {
    let ((certificate, key), (_, of_another)) = (made(), made());
    for version in rustls::ALL_VERSIONS {
        let known = shown(version, &certificate, &key);
        assert_eq!(known.as_deref(), Some(&*certificate), "{version:?}");
        assert_eq!(
            shown(version, &certificate, &of_another),
            None,
            "{version:?}"
        );
    }
}
