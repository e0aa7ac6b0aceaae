//! TLS of one ring's listeners: its own certificate, its own way of asking clients for theirs.

mod certificate;
mod client;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use pingora::listeners::tls::{Acceptor, TlsSettings};
use pingora::listeners::{ALPN, TlsAccept};
use pingora::protocols::tls::TlsRef;
use wall::fate::PeerCertificate;
use wall::manifest::RingManifest;

pub use certificate::Certificate;
use client::{AnyWellFormedChain, OF_SERVICES, OF_STRANGERS};

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

/// Who is asked for a certificate; everybody may come without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Nobody,
    /// Known by it: the ring accepts mTLS.
    Services,
    /// Known by something else, which may be bound to it.
    Strangers,
}

impl Asked {
    pub fn by(ring: &RingManifest) -> Asked {
        match ring.asks_clients() {
            true if ring.authentication.mtls.is_some() => Asked::Services,
            true => Asked::Strangers,
            false => Asked::Nobody,
        }
    }

    fn verifier(self) -> Option<AnyWellFormedChain> {
        match self {
            Asked::Nobody => None,
            Asked::Services => Some(AnyWellFormedChain::new(OF_SERVICES)),
            Asked::Strangers => Some(AnyWellFormedChain::new(OF_STRANGERS)),
        }
    }

    /// Of a chain, what is judged of it.
    fn kept(self) -> usize {
        match self {
            Asked::Strangers => 1,
            Asked::Nobody | Asked::Services => usize::MAX,
        }
    }
}

/// The handshakes of a ring, as the revision in force wants them.
pub struct Handshakes {
    certificate: Arc<Certificate>,
    in_force: ArcSwap<Asking>,
}

pub struct Asking {
    asked: Asked,
    pub acceptor: Acceptor,
}

impl Handshakes {
    pub fn new(certificate: Arc<Certificate>, asked: Asked) -> Handshakes {
        let in_force = ArcSwap::from_pointee(Asking::new(&certificate, asked));
        Handshakes {
            certificate,
            in_force,
        }
    }

    /// A new revision may ask others. Sessions are forgotten then: who was not asked resumes none without a
    /// certificate.
    pub fn ask(&self, asked: Asked) {
        if self.in_force.load().asked != asked {
            let asking = Asking::new(&self.certificate, asked);
            self.in_force.store(Arc::new(asking));
        }
    }

    pub fn in_force(&self) -> Arc<Asking> {
        self.in_force.load_full()
    }
}

impl Asking {
    fn new(certificate: &Arc<Certificate>, asked: Asked) -> Asking {
        Asking {
            asked,
            acceptor: settings(Arc::clone(certificate), asked).build(),
        }
    }
}

/// Settings for a listener of a ring.
pub fn settings(certificate: Arc<Certificate>, asked: Asked) -> TlsSettings {
    let mut settings = TlsSettings::with_callbacks(Box::new(Introduction { asked }))
        .expect("the rustls settings cannot fail");
    settings.set_cert_resolver(certificate);
    settings.set_alpn(ALPN::H2H1);
    if let Some(verifier) = asked.verifier() {
        settings.set_client_cert_verifier(Arc::new(verifier));
    }
    settings
}

struct Introduction {
    asked: Asked,
}

#[async_trait]
impl TlsAccept for Introduction {
    async fn handshake_complete_callback(
        &self,
        tls: &TlsRef,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let certificate = tls.peer_cert_chain_der().map(|chain| PeerCertificate {
            chain: chain
                .iter()
                .take(self.asked.kept())
                .map(|der| der.to_vec())
                .collect(),
        });
        Some(Arc::new(Peer {
            server_name: tls.server_name().map(str::to_owned),
            certificate,
            broken_off: AtomicU32::new(0),
        }))
    }
}
