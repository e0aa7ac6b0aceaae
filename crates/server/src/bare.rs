//! The same binary with an empty wall: a bare proxy with the gateway's Pingora settings, to measure against.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::Result;
use pingora::listeners::ListenerConfig;
use pingora::proxy::{ProxyHttp, Session};
use pingora::server::{RunArgs, Server};
use pingora::services::listening::Service;
use pingora::upstreams::peer::HttpPeer;
use wall::manifest::TlsFiles;

use crate::drain::{Drain, InFlight};
use crate::node::Node;
use crate::run;
use crate::serve::{self, client};
use crate::tls::{self, Asked, Certificate};
use crate::upstream;

/// As a bundle has them.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const IO_TIMEOUT: Duration = Duration::from_secs(10);

pub struct Options {
    pub listen: String,
    pub upstream: SocketAddr,
    pub threads: usize,
    /// Over TLS as on a ring; without, plain HTTP.
    pub tls: Option<TlsFiles>,
}

struct EmptyWall {
    upstream: SocketAddr,
}

#[async_trait]
impl ProxyHttp for EmptyWall {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn early_request_filter(&self, session: &mut Session, (): &mut ()) -> Result<()> {
        client::bound(session, IO_TIMEOUT);
        Ok(())
    }

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        let mut peer = HttpPeer::new(self.upstream, false, String::new());
        upstream::bound(&mut peer, CONNECT_TIMEOUT, IO_TIMEOUT);
        Ok(Box::new(peer))
    }
}

/// Serves until SIGTERM or SIGINT.
pub fn run(options: Options) {
    run::raise_open_files();
    let mut server =
        Server::new_with_opt_and_conf(None, run::server_conf(options.threads, Duration::ZERO));
    server.bootstrap();
    let upstream = options.upstream;
    let proxy = serve::proxy(&server.configuration, EmptyWall { upstream });
    let mut service = Service::new("bare".to_owned(), proxy);
    service.add_listener(listener(&options.listen, options.tls.as_ref()));
    server.add_service(service);
    let drain = Drain {
        in_flight: InFlight::default(),
        patience: Duration::ZERO,
        last_words: Arc::new(|| {}),
    };
    server.run(RunArgs {
        shutdown_signal: Box::new(drain),
    });
}

fn listener(address: &str, tls: Option<&TlsFiles>) -> ListenerConfig {
    let plain = run::listener(address);
    match tls {
        None => plain,
        Some(files) => {
            let certificate = Certificate::open(&Node::new("."), files);
            plain.tls(tls::settings(Arc::new(certificate), Asked::Nobody))
        }
    }
}
