//! One ring's front: connections in, judged requests through Pingora to the upstreams.

mod answer;
mod call;
pub mod client;
mod failure;
mod fields;
mod framing;
pub mod gate;
mod http1;
mod outgoing;
mod service;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::apps::{HttpServerApp, HttpServerOptions, ServerApp};
use pingora::protocols::http::v2::server::H2Options;
use pingora::protocols::{ALPN, Stream};
use pingora::proxy::{HttpProxy, ProxyHttp, http_proxy};
use pingora::server::ShutdownWatch;
use pingora::server::configuration::ServerConf;
use tokio::sync::Semaphore;

use crate::drain::InFlight;
use gate::Gate;

/// Connections of one ring at once; further ones are closed. Memory per connection is some 40 KiB.
const MAX_CONNECTIONS: usize = 20_000;
/// Requests on one HTTP/1 connection, so that clients spread again after a scale-out.
const MAX_REQUESTS_PER_CONNECTION: u32 = 100_000;
const H2_IDLE_TIMEOUT: Duration = Duration::from_secs(60);
const H2_MAX_STREAMS: u32 = 100;
const H2_MAX_HEADER_LIST_BYTES: u32 = framing::MAX_HEAD_BYTES as u32;
/// Streams a client may open and reset before the connection ends (rapid reset, CVE-2023-44487).
const H2_MAX_PENDING_RESETS: usize = 20;
/// Body bytes of one stream, and of one connection, that may be under way unread.
const H2_STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const H2_CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;

/// The application behind the listeners of exactly one ring.
pub struct RingService {
    proxy: Arc<HttpProxy<Gate>>,
    gate: Gate,
    connections: Semaphore,
    in_flight: InFlight,
}

impl RingService {
    pub fn new(gate: Gate, conf: &Arc<ServerConf>, in_flight: InFlight) -> RingService {
        RingService {
            proxy: Arc::new(proxy(conf, gate.clone())),
            gate,
            connections: Semaphore::new(MAX_CONNECTIONS),
            in_flight,
        }
    }
}

#[async_trait]
impl ServerApp for RingService {
    async fn process_new(
        self: &Arc<Self>,
        stream: Stream,
        shutdown: &ShutdownWatch,
    ) -> Option<Stream> {
        let Ok(_place) = self.connections.try_acquire() else {
            log::warn!(
                "{}: more than {MAX_CONNECTIONS} connections, one closed",
                self.gate.ring().as_str()
            );
            return None;
        };
        let _connection = self.in_flight.enter();
        if matches!(stream.selected_alpn_proto(), Some(ALPN::H2)) {
            return ServerApp::process_new(&self.proxy, stream, shutdown).await;
        }
        http1::serve(&self.proxy, &self.gate, stream, shutdown).await;
        None
    }

    async fn cleanup(&self) {
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
    proxy.h2_options = Some(h2_options());
    proxy
}

fn server_options() -> HttpServerOptions {
    let mut options = HttpServerOptions::default();
    // Pingora would answer 405 in its own name; the wall says that there is nothing here.
    options.allow_connect_method_proxying = true;
    options.keepalive_request_limit = Some(MAX_REQUESTS_PER_CONNECTION);
    options.h2_idle_timeout = Some(H2_IDLE_TIMEOUT);
    options
}

fn h2_options() -> H2Options {
    let mut options = H2Options::default();
    options
        .max_header_list_size(H2_MAX_HEADER_LIST_BYTES)
        .max_concurrent_streams(H2_MAX_STREAMS)
        .max_pending_accept_reset_streams(H2_MAX_PENDING_RESETS)
        .max_concurrent_reset_streams(H2_MAX_PENDING_RESETS)
        .initial_window_size(H2_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(H2_CONNECTION_WINDOW_BYTES);
    options
}
