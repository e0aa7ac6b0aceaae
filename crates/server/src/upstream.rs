//! Where a request goes: addresses of upstreams, resolved off the request's way, and how long to wait.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use pingora::protocols::ALPN;
use pingora::upstreams::peer::{HttpPeer, HttpUpstreamRequestPolicy};
use pingora::{Error, ErrorType, Result};
use wall::bundle::Upstream;

/// An answer of the resolver serves this long; after it, the old one serves while a new one is asked for.
const FRESH: Duration = Duration::from_secs(10);
/// Shorter than what servers usually keep idle connections (nginx 75 s, Go and Node behind balancers 60 s).
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// Resolved addresses by host and port; as many as the bundles name upstreams.
#[derive(Default)]
pub struct Upstreams {
    resolved: RwLock<HashMap<(String, u16), Resolved>>,
}

#[derive(Clone)]
struct Resolved {
    address: SocketAddr,
    since: Instant,
}

/// HTTP/1.1, and an end to every wait. `io`: the longest silence.
pub fn bound(peer: &mut HttpPeer, connect: Duration, io: Duration) {
    peer.options.connection_timeout = Some(connect);
    peer.options.total_connection_timeout = Some(connect);
    peer.options.read_timeout = Some(io);
    peer.options.write_timeout = Some(io);
    peer.options.idle_timeout = Some(IDLE_CONNECTION);
    peer.options.alpn = ALPN::H1;
}

impl Upstreams {
    /// The peer to connect to, with the bundle's timeouts.
    pub async fn peer(self: &Arc<Self>, upstream: &Upstream) -> Result<Box<HttpPeer>> {
        let address = self.address(upstream).await?;
        let server_name = if upstream.tls {
            upstream.host.clone()
        } else {
            String::new()
        };
        let mut peer = HttpPeer::new(address, upstream.tls, server_name);
        bound(
            &mut peer,
            Duration::from_millis(upstream.connect_timeout_ms),
            Duration::from_millis(upstream.io_timeout_ms),
        );
        // Every field of the request is judged (`outgoing`): there is nothing of the client's left to strip.
        peer.options.http_upstream_request_policy = HttpUpstreamRequestPolicy::preserve();
        Ok(Box::new(peer))
    }

    async fn address(self: &Arc<Self>, upstream: &Upstream) -> Result<SocketAddr> {
        if let Ok(address) = upstream.host.parse() {
            return Ok(SocketAddr::new(address, upstream.port));
        }
        let name = (upstream.host.clone(), upstream.port);
        match self.known(&name) {
            Some(known) => {
                if known.since.elapsed() > FRESH {
                    self.touch(&name, known.address);
                    tokio::spawn(Arc::clone(self).resolve(name));
                }
                Ok(known.address)
            }
            None => Arc::clone(self).resolve(name).await,
        }
    }

    fn known(&self, name: &(String, u16)) -> Option<Resolved> {
        self.resolved
            .read()
            .expect("nothing panics while it holds this lock")
            .get(name)
            .cloned()
    }

    /// Notes the address, and that nobody else need ask for a while.
    fn touch(&self, name: &(String, u16), address: SocketAddr) {
        let mut resolved = self
            .resolved
            .write()
            .expect("nothing panics while it holds this lock");
        resolved.insert(
            name.clone(),
            Resolved {
                address,
                since: Instant::now(),
            },
        );
    }

    async fn resolve(self: Arc<Self>, name: (String, u16)) -> Result<SocketAddr> {
        let found = tokio::net::lookup_host((name.0.as_str(), name.1)).await;
        // IPv4 first: a name like `localhost` has both, and small servers listen on the one.
        let first = found
            .ok()
            .and_then(|addresses| addresses.min_by_key(SocketAddr::is_ipv6));
        let address = first.ok_or_else(|| Error::new_up(ErrorType::ConnectNoRoute))?;
        self.touch(&name, address);
        Ok(address)
    }
}
