//! Where connections of one ring come in: counted, introduced, under a deadline, before a byte is served.
//!
//! Pingora's accept loop gives a handshake 60 s and takes whatever comes; this one is its own service, and
//! hands the same kind of connection to the same application.

mod places;
mod socket;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::socket::{Backlog, listen};
use pingora::listeners::tls::Acceptor;
use pingora::protocols::Stream;
use pingora::server::{ListenFds, ShutdownWatch};
use pingora::services::Service;
use pingora::time::timeout;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wall::bounds::Bounds;

use crate::drain::Connection;
use crate::serve::RingService;
use places::{Place, Places};
use socket::Socket;

/// Connections the kernel holds for us while all threads are busy.
const BACKLOG: i32 = 4096;
/// After an accept that failed for want of files or memory: others must end first.
const BREATH: Duration = Duration::from_millis(100);

/// One ring's listeners.
pub struct Front {
    name: String,
    listeners: Vec<Listener>,
    ring: Arc<RingService>,
    places: Arc<Places>,
}

pub struct Listener {
    socket: TcpListener,
    /// `None`: plain text, for benchmarks only.
    tls: Option<Acceptor>,
}

/// All that a connection needs to come in at one listener.
#[derive(Clone)]
struct Entrance {
    ring: Arc<RingService>,
    places: Arc<Places>,
    tls: Arc<Option<Acceptor>>,
    shutdown: ShutdownWatch,
}

/// An address to listen on, bound before anything is served.
pub fn bind(address: &str) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // The standard library's backlog is short; a second call sets another (listen(2), Linux).
    listen(&listener, Backlog::new(BACKLOG)?)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Listener {
    pub fn new(socket: TcpListener, tls: Option<Acceptor>) -> Listener {
        Listener { socket, tls }
    }
}

impl Front {
    pub fn new(ring: RingService, listeners: Vec<Listener>) -> Front {
        let label = ring.ring();
        Front {
            name: format!("{} ring", label.as_str()),
            listeners,
            ring: Arc::new(ring),
            places: Places::new(label),
        }
    }
}

#[async_trait]
impl Service for Front {
    async fn start_service(&mut self, _: Option<ListenFds>, shutdown: ShutdownWatch, _: usize) {
        let mut loops = JoinSet::new();
        for Listener { socket, tls } in self.listeners.drain(..) {
            let entrance = Entrance {
                ring: Arc::clone(&self.ring),
                places: Arc::clone(&self.places),
                tls: Arc::new(tls),
                shutdown: shutdown.clone(),
            };
            let socket = tokio::net::TcpListener::from_std(socket)
                .expect("a bound socket can be waited for");
            loops.spawn(entrance.accept(socket));
        }
        loops.join_all().await;
        self.ring.cleanup().await;
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Entrance {
    async fn accept(mut self, listener: tokio::net::TcpListener) {
        loop {
            let accepted = tokio::select! {
                biased;
                // An error means that the server is gone altogether.
                _ = self.shutdown.wait_for(|&draining| draining) => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => self.admit(socket, peer),
                Err(error) => {
                    log::error!("{}: accept: {error}", self.ring.ring().as_str());
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    /// A connection without a place ends here: closed, unanswered.
    fn admit(&self, socket: TcpStream, peer: SocketAddr) {
        let bounds = self.ring.bounds();
        let Some(mut place) = self.places.take(&bounds) else {
            return;
        };
        if !place.belongs_to(peer.ip(), &bounds) {
            return;
        }
        let (entrance, counted) = (self.clone(), self.ring.enter());
        pingora_runtime::current_handle().spawn(async move {
            entrance.serve(socket, peer, bounds, (place, counted)).await;
        });
    }

    async fn serve(
        self,
        socket: TcpStream,
        peer: SocketAddr,
        bounds: Bounds,
        _held: (Place, Connection),
    ) {
        let introduction = self.introduce(socket, peer);
        if let Ok(Some(stream)) = timeout(bounds.handshake(), introduction).await {
            self.ring.serve(stream, &bounds, &self.shutdown).await;
        }
    }

    /// Who is there, as far as that is settled before the first request.
    async fn introduce(&self, socket: TcpStream, peer: SocketAddr) -> Option<Stream> {
        socket.set_nodelay(true).ok()?;
        let socket = Socket::new(socket, peer);
        match &*self.tls {
            // A broken handshake is the client's affair: scanners break thousands.
            Some(acceptor) => Some(Box::new(acceptor.tls_handshake(socket).await.ok()?)),
            None => Some(Box::new(socket)),
        }
    }
}
