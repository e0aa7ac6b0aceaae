//! HTTP/2 connections: as Pingora serves them, with an end to each (its own loop has none), and a count of what
//! a client breaks off.

use std::sync::Arc;
use std::time::Duration;

use h2::Reason;
use http::header;
use pingora::apps::HttpServerApp;
use pingora::protocols::http::ServerSession;
use pingora::protocols::http::v2::server::{H2Accept, H2Options, HttpSession, handshake};
use pingora::protocols::{Digest, Stream};
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;
use pingora::time::timeout;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use wall::bounds::Bounds;

use super::around::Around;
use super::client::peer_of;
use super::frames::Frames;
use super::framing;
use super::gate::Gate;
use super::silence::BodyClock;

const MAX_STREAMS: u32 = 100;
/// Beyond this, a header list is answered by the protocol layer (an empty 431). Twice our own bound, so that
/// our own answer is the usual one.
const MAX_HEADER_LIST_BYTES: u32 = 2 * framing::MAX_HEAD_BYTES as u32;
/// Streams a client may have open and reset that nobody has looked at yet (rapid reset, CVE-2023-44487).
const MAX_PENDING_RESETS: usize = 20;
/// Streams the protocol layer may end for being malformed before the connection ends.
const MAX_PROTOCOL_ERRORS: usize = 64;
/// The same for requests Pingora refuses.
const MAX_MALFORMED: u32 = 32;
/// Calls a client may break off before they are compared with those it lets end.
const MAX_BROKEN_OFF: u32 = 100;
/// Body bytes of one stream, and of one connection, that may be under way unread.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
const TOO_MANY_FRAMES: &str = "too many HTTP/2 frames that ask for nothing on one connection";
/// For telling the client that the connection ends.
const FAREWELL_DEADLINE: Duration = Duration::from_secs(2);

/// Serves streams until either side closes the connection, or its time is over.
pub async fn serve(
    proxy: &Arc<HttpProxy<Gate>>,
    gate: &Gate,
    stream: Stream,
    bounds: &Bounds,
    shutdown: &ShutdownWatch,
) {
    let digest = Arc::new(digest_of(&stream));
    let excess = Arc::new(Notify::new());
    let stream = Around::new(stream, Frames::new(Arc::clone(&excess)));
    // The client's preface is the head of the connection.
    let greeted = timeout(bounds.request_head(), handshake(stream, Some(options()))).await;
    let Ok(Ok(mut connection)) = greeted else {
        return;
    };
    let mut conduct = Conduct::new();
    let mut draining = shutdown.clone();
    let over = sleep(bounds.lifetime());
    let idle = sleep(bounds.idle());
    tokio::pin!(over, idle);
    let mut leaving = false;
    let why = loop {
        let accepted = tokio::select! {
            biased;
            _ = draining.wait_for(|&draining| draining), if !leaving => None,
            () = &mut over, if !leaving => None,
            () = &mut idle => {
                if conduct.is_idle() {
                    return;
                }
                idle.as_mut().reset(Instant::now() + bounds.idle());
                continue;
            }
            () = excess.notified() => break TOO_MANY_FRAMES,
            accepted = HttpSession::from_h2_conn(&mut connection, Arc::clone(&digest)) => Some(accepted),
        };
        match accepted {
            // Streams under way end in peace, further ones are refused (RFC 9113 §6.8).
            None => {
                leaving = true;
                connection.graceful_shutdown();
            }
            Some(Err(_) | Ok(None)) => return,
            Some(Ok(Some(H2Accept::Session(session)))) => {
                conduct.opened += 1;
                let (proxy, shutdown) = (Arc::clone(proxy), shutdown.clone());
                let (under_way, silence) = (Arc::clone(&conduct.under_way), bounds.silence());
                pingora_runtime::current_handle().spawn(async move {
                    let _under_way = under_way;
                    serve_stream(&proxy, session, silence, &shutdown).await;
                });
            }
            Some(Ok(Some(H2Accept::Rejected))) => {
                conduct.malformed += 1;
                gate.record_malformed_stream(&digest);
            }
        }
        if let Some(why) = conduct.intolerable(&digest) {
            break why;
        }
    };
    gate.record_broken_connection(&digest, why);
    connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
    let farewell = async { while connection.accept().await.is_some() {} };
    let _ = timeout(FAREWELL_DEADLINE, farewell).await;
}

/// Serves one request. Where its body stops coming, the stream is reset.
async fn serve_stream(
    proxy: &Arc<HttpProxy<Gate>>,
    mut session: HttpSession,
    silence: Duration,
    shutdown: &ShutdownWatch,
) {
    if !has_body(&mut session) {
        let session = ServerSession::new_http2(session);
        proxy.process_new_http(session, shutdown).await;
        return;
    }
    let clock = BodyClock::start(silence);
    clock.goes_with(session.req_header_mut());
    let session = ServerSession::new_http2(session);
    tokio::select! {
        _ = proxy.process_new_http(session, shutdown) => {}
        () = clock.runs_out() => {}
    }
}

/// Whether a body is under way. Pingora believes a length of zero; so it is not said where the stream goes on, and
/// what comes on it is counted by the protocol layer.
fn has_body(session: &mut HttpSession) -> bool {
    let lengths = &session.req_header().headers;
    if lengths
        .get(header::CONTENT_LENGTH)
        .is_none_or(|length| length != "0")
    {
        return !session.is_body_done();
    }
    let Some(zero) = session
        .req_header_mut()
        .remove_header(&header::CONTENT_LENGTH)
    else {
        return false;
    };
    let under_way = !session.is_body_done();
    if !under_way {
        // What was removed can be said again.
        let _ = session
            .req_header_mut()
            .insert_header(header::CONTENT_LENGTH, zero);
    }
    under_way
}

/// What a client did on one connection.
struct Conduct {
    opened: u32,
    malformed: u32,
    /// Held by every stream under way.
    under_way: Arc<()>,
    /// Streams opened at the last look: a connection is idle when none came since, and none is under way.
    opened_before: u32,
}

impl Conduct {
    fn new() -> Conduct {
        Conduct {
            opened: 0,
            malformed: 0,
            under_way: Arc::default(),
            opened_before: 0,
        }
    }

    fn is_idle(&mut self) -> bool {
        let quiet = self.opened == self.opened_before && Arc::strong_count(&self.under_way) == 1;
        self.opened_before = self.opened;
        quiet
    }

    /// Why the connection must end, if it must. Who breaks off more than it lets end does not want answers.
    fn intolerable(&self, digest: &Digest) -> Option<&'static str> {
        if self.malformed >= MAX_MALFORMED {
            return Some("too many malformed HTTP/2 requests on one connection");
        }
        let broken_off = peer_of(digest).map_or(0, |peer| peer.broken_off());
        (broken_off >= MAX_BROKEN_OFF && broken_off > self.opened / 2)
            .then_some("most HTTP/2 requests of the connection were broken off by the client")
    }
}

fn digest_of(stream: &Stream) -> Digest {
    Digest {
        ssl_digest: stream.get_ssl_digest(),
        timing_digest: stream.get_timing_digest(),
        proxy_digest: stream.get_proxy_digest(),
        socket_digest: stream.get_socket_digest(),
    }
}

pub fn options() -> H2Options {
    let mut options = H2Options::default();
    options
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_concurrent_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(Some(MAX_PROTOCOL_ERRORS))
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
    options
}
