//! One ring's front: connections in, judged requests through Pingora to the upstreams.

mod answer;
mod around;
mod bodies;
mod caching;
mod call;
mod chunks;
pub mod client;
mod compression;
mod ending;
mod failure;
pub mod fields;
mod frames;
mod framing;
pub mod gate;
mod hooks;
mod http1;
mod http2;
mod leaving;
mod messages;
mod one_request;
mod outgoing;
mod recorded;
mod requests;
mod service;
mod silence;
mod staying;
mod tracing;
mod tunnel;

use std::sync::Arc;

use pingora::apps::{HttpServerApp, HttpServerOptions};
use pingora::protocols::{ALPN, Stream};
use pingora::proxy::{HttpProxy, ProxyHttp, http_proxy};
use pingora::server::ShutdownWatch;
use pingora::server::configuration::ServerConf;
use wall::audience::Ring;
use wall::bounds::Bounds;
use wall::trust::Proxies;

use crate::drain::{Connection, InFlight};
pub use caching::Outcome;
use gate::Gate;

/// The application behind the listeners of exactly one ring.
pub struct RingService {
    proxy: Arc<HttpProxy<Gate>>,
    gate: Gate,
    in_flight: InFlight,
}

impl RingService {
    pub fn new(gate: Gate, conf: &Arc<ServerConf>, in_flight: InFlight) -> RingService {
        RingService {
            proxy: Arc::new(proxy(conf, gate.clone())),
            gate,
            in_flight,
        }
    }

    pub fn ring(&self) -> Ring {
        self.gate.ring()
    }

    /// As the revision in force has them.
    pub fn bounds(&self) -> Bounds {
        self.gate.bounds()
    }

    pub fn proxies(&self) -> Option<Arc<Proxies>> {
        self.gate.proxies()
    }

    /// Counts a connection, so that the process does not end before it does.
    pub fn enter(&self) -> Connection {
        self.in_flight.enter()
    }

    /// Serves a connection until it ends.
    pub async fn serve(&self, stream: Stream, bounds: &Bounds, shutdown: &ShutdownWatch) {
        match stream.selected_alpn_proto() {
            Some(ALPN::H2) => http2::serve(&self.proxy, &self.gate, stream, bounds, shutdown).await,
            _ => http1::serve(&self.proxy, &self.gate, stream, bounds, shutdown).await,
        }
    }

    pub async fn cleanup(&self) {
        self.proxy.http_cleanup().await;
    }
}

/// Pingora with the gateway's settings, whatever wall is in it.
pub fn proxy<W: ProxyHttp>(conf: &Arc<ServerConf>, wall: W) -> HttpProxy<W>
where
    W::CTX: Send + Sync,
{
    let mut proxy = http_proxy(conf, wall);
    proxy.server_options = Some(server_options());
    proxy.h2_options = Some(http2::options());
    proxy
}

fn server_options() -> HttpServerOptions {
    let mut options = HttpServerOptions::default();
    // Pingora would answer 405 in its own name; the wall says that there is nothing here.
    options.allow_connect_method_proxying = true;
    options
}
