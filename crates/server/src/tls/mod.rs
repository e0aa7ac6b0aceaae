//! TLS of one ring's listeners: its own certificate, its own way of asking clients for theirs.

mod certificate;
mod client;

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use pingora::listeners::tls::TlsSettings;
use pingora::listeners::{ALPN, TlsAccept};
use pingora::protocols::tls::TlsRef;
use wall::fate::PeerCertificate;

pub use certificate::Certificate;
use client::AnyWellFormedChain;

/// What a handshake showed; with the connection from then on. On a resumed session rustls gives the client's
/// chain of the session's first handshake, so the wall judges it anew at every request.
pub struct Peer {
    pub server_name: Option<String>,
    pub certificate: Option<PeerCertificate>,
    broken_off: AtomicU32,
}

impl Peer {
    /// Calls of this connection the client did not wait for.
    pub fn broken_off(&self) -> u32 {
        self.broken_off.load(Ordering::Relaxed)
    }

    pub fn breaks_off(&self) {
        self.broken_off.fetch_add(1, Ordering::Relaxed);
    }
}

/// Settings for a listener of a ring. `ask_clients`: the ring accepts mTLS; a client may still come without.
pub fn settings(certificate: Arc<Certificate>, ask_clients: bool) -> TlsSettings {
    let mut settings = TlsSettings::with_callbacks(Box::new(Introduction))
        .expect("the rustls settings cannot fail");
    settings.set_cert_resolver(certificate);
    settings.set_alpn(ALPN::H2H1);
    if ask_clients {
        settings.set_client_cert_verifier(Arc::new(AnyWellFormedChain::new()));
    }
    settings
}

struct Introduction;

#[async_trait]
impl TlsAccept for Introduction {
    async fn handshake_complete_callback(
        &self,
        tls: &TlsRef,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let certificate = tls.peer_cert_chain_der().map(|chain| PeerCertificate {
            chain: chain.iter().map(|der| der.to_vec()).collect(),
        });
        Some(Arc::new(Peer {
            server_name: tls.server_name().map(str::to_owned),
            certificate,
            broken_off: AtomicU32::new(0),
        }))
    }
}
