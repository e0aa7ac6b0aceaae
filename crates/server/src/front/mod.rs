//! Where connections of one ring come in: counted, introduced, under a deadline, before a byte is served.
//!
//! Pingora's accept loop gives a handshake 60 s and takes whatever comes; this one is its own service, and
//! hands the same kind of connection to the same application.

mod patience;
mod places;
mod proxy_protocol;
mod socket;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::socket::{Backlog, listen};
use pingora::protocols::Stream;
use pingora::server::{ListenFds, ShutdownWatch};
use pingora::services::Service;
use pingora::time::timeout;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wall::bounds::Bounds;
use wall::trust::ProxyProtocol;

use crate::drain::Connection;
use crate::serve::RingService;
use crate::tls::Handshakes;
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
    tls: Option<Arc<Handshakes>>,
}

/// All that a connection needs to come in at one listener.
#[derive(Clone)]
struct Entrance {
    ring: Arc<RingService>,
    places: Arc<Places>,
    tls: Option<Arc<Handshakes>>,
    shutdown: ShutdownWatch,
}

/// A connection of which only the socket is known.
struct Arriving {
    socket: TcpStream,
    peer: SocketAddr,
    /// What the ring has declared of this peer.
    demand: Option<ProxyProtocol>,
}

impl Arriving {
    /// Whose connection it is. An error ends it.
    async fn client(&mut self) -> io::Result<SocketAddr> {
        let Some(demand) = self.demand else {
            return Ok(self.peer);
        };
        let named = proxy_protocol::client(&mut self.socket, demand).await?;
        Ok(named.unwrap_or(self.peer))
    }
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
    pub fn new(socket: TcpListener, tls: Option<Arc<Handshakes>>) -> Listener {
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
                tls,
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
        let proxies = self.ring.proxies();
        let declared = proxies
            .as_ref()
            .filter(|proxies| proxies.declares(peer.ip()));
        let demand = proxies.as_ref().and_then(|proxies| proxies.proxy_protocol);
        // A proxy is not one client; whom it speaks for is counted when it is known.
        let welcome = match (declared, demand) {
            (None, Some(ProxyProtocol::Required)) => false,
            (None, _) => place.belongs_to(peer.ip(), &bounds),
            (Some(_), _) => true,
        };
        if !welcome {
            return;
        }
        let arrival = Arriving {
            socket,
            peer,
            demand: declared.and(demand),
        };
        let (entrance, counted) = (self.clone(), self.ring.enter());
        pingora_runtime::current_handle().spawn(async move {
            entrance.serve(arrival, bounds, place, counted).await;
        });
    }

    async fn serve(
        self,
        arriving: Arriving,
        bounds: Bounds,
        mut place: Place,
        _counted: Connection,
    ) {
        let introduction = self.introduce(arriving, &bounds, &mut place);
        if let Ok(Some(stream)) = timeout(bounds.handshake(), introduction).await {
            self.ring.serve(stream, &bounds, &self.shutdown).await;
        }
    }

    /// Who is there, as far as that is settled before the first request.
    async fn introduce(
        &self,
        mut arriving: Arriving,
        bounds: &Bounds,
        place: &mut Place,
    ) -> Option<Stream> {
        arriving.socket.set_nodelay(true).ok()?;
        let client = arriving.client().await.ok()?;
        if client != arriving.peer && !place.belongs_to(client.ip(), bounds) {
            return None;
        }
        let socket = Socket::new(arriving.socket, client, bounds.silence());
        let Some(handshakes) = &self.tls else {
            return Some(Box::new(socket));
        };
        let asking = handshakes.in_force();
        // A broken handshake is the client's affair: scanners break thousands.
        Some(Box::new(asking.acceptor.tls_handshake(socket).await.ok()?))
    }
}
