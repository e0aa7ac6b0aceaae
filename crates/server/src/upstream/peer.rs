//! From a service and an address to what Pingora connects to.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pingora::protocols::ALPN;
use pingora::upstreams::peer::{HttpPeer, HttpUpstreamRequestPolicy};
use pingora::{Error, ErrorType, Result};
use wall::bundle::{Protocol, Upstream};

/// Shorter than what servers usually keep idle connections (nginx 75 s, Go and Node behind balancers 60 s).
const IDLE_CONNECTION: Duration = Duration::from_secs(50);
/// Requests on one HTTP/2 connection at once; what the RFC recommends servers to allow at least (§6.5.2).
const MAX_H2_STREAMS: usize = 100;

/// HTTP/1.1, and an end to every wait. `io`: the longest silence.
pub fn bound(peer: &mut HttpPeer, connect: Duration, io: Duration) {
    peer.options.connection_timeout = Some(connect);
    peer.options.total_connection_timeout = Some(connect);
    peer.options.read_timeout = Some(io);
    peer.options.write_timeout = Some(io);
    peer.options.idle_timeout = Some(IDLE_CONNECTION);
    peer.options.alpn = ALPN::H1;
}

/// `since`: when the first attempt began. Fails when nothing is left of the total time.
pub fn peer(upstream: &Upstream, address: SocketAddr, since: Instant) -> Result<Box<HttpPeer>> {
    let server_name = match upstream.tls {
        true => upstream.server_name().to_owned(),
        false => String::new(),
    };
    let mut peer = HttpPeer::new(address, upstream.tls, server_name);
    bound(
        &mut peer,
        Duration::from_millis(upstream.connect_timeout_ms),
        Duration::from_millis(upstream.io_timeout_ms),
    );
    if let Some(write_ms) = upstream.write_timeout_ms {
        peer.options.write_timeout = Some(Duration::from_millis(write_ms));
    }
    if let Some(total_ms) = upstream.total_timeout_ms {
        shorten(&mut peer, left(total_ms, since)?);
    }
    speak(&mut peer, upstream);
    // Every field of the request is judged (`outgoing`): there is nothing of the client's left to strip.
    peer.options.http_upstream_request_policy = HttpUpstreamRequestPolicy::preserve();
    Ok(Box::new(peer))
}

fn speak(peer: &mut HttpPeer, upstream: &Upstream) {
    peer.options.alpn = match upstream.protocol {
        Protocol::Auto if upstream.tls => ALPN::H2H1,
        Protocol::Http1 | Protocol::Auto => return,
        Protocol::Http2 => ALPN::H2,
    };
    peer.options.max_h2_streams = MAX_H2_STREAMS;
}

/// What is left of the total time.
pub fn left(total_ms: u64, since: Instant) -> Result<Duration> {
    let left = Duration::from_millis(total_ms).saturating_sub(since.elapsed());
    match left.is_zero() {
        true => Err(Error::new_up(ErrorType::ReadTimedout)),
        false => Ok(left),
    }
}

fn shorten(peer: &mut HttpPeer, most: Duration) {
    let options = &mut peer.options;
    for timeout in [
        &mut options.connection_timeout,
        &mut options.total_connection_timeout,
        &mut options.read_timeout,
        &mut options.write_timeout,
    ] {
        *timeout = timeout.map(|timeout| timeout.min(most));
    }
}
