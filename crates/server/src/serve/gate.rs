//! The gate of one ring: what its requests are judged, answered and recorded with. Its hooks are in
//! [`super::hooks`].

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use http::HeaderMap;
use pingora::Result;
use pingora::http::RequestHeader;
use pingora::protocols::{Digest, Stream};
use pingora::proxy::Session;
use wall::audience::Ring;
use wall::bounds::Bounds;
use wall::problem::{self, Code};
use wall::trace::Silent;
use wall::trust::Proxies;
use wall::{Answer, Fate, Forward, Settled};

use super::call::Call;
use super::fields::Fields;
use super::{answer, bodies, client};
use crate::journal::Journal;
use crate::live::Live;
use crate::log::access::AccessLog;
use crate::metrics::Metrics;
use crate::sharing::SharedLimits;
use crate::upstream::Upstreams;

/// Everything the hooks of one ring share. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    pub(super) ring: Ring,
    pub(super) live: Arc<Live>,
    pub(super) upstreams: Arc<Upstreams>,
    pub(super) log: AccessLog,
    pub(super) journal: Journal,
    pub(super) metrics: Arc<Metrics>,
    pub(super) shared_limits: Arc<SharedLimits>,
}

impl Gate {
    pub fn new(
        ring: Ring,
        live: Arc<Live>,
        upstreams: Arc<Upstreams>,
        log: AccessLog,
        journal: Journal,
        metrics: Arc<Metrics>,
        shared_limits: Arc<SharedLimits>,
    ) -> Gate {
        Gate {
            ring,
            live,
            upstreams,
            log,
            journal,
            metrics,
            shared_limits,
        }
    }

    pub fn ring(&self) -> Ring {
        self.ring
    }

    /// As the revision in force has them.
    pub fn bounds(&self) -> Bounds {
        let wall = self.live.wall();
        let ring = wall
            .as_ref()
            .and_then(|wall| wall.manifest().rings.get(&self.ring));
        ring.map_or_else(Bounds::default, |ring| ring.bounds)
    }

    /// As the revision in force declares them.
    pub fn proxies(&self) -> Option<Arc<Proxies>> {
        self.live.wall()?.ring(self.ring)?.proxies().cloned()
    }

    /// The answer, as bytes, to what is no HTTP request; recorded like any other call.
    pub fn refuse_unread(&self, stream: &Stream, code: Code, reason: &'static str) -> Vec<u8> {
        let socket = stream.get_socket_digest();
        let address = socket.and_then(|socket| Some(socket.peer_addr()?.as_inet()?.ip()));
        let (call, answer) = self.refused(address, code, reason);
        self.record(&call, None, None, (answer.status, answer.body.len() as u64));
        answer::to_bytes(&answer, call.request_id.as_str())
    }

    /// A request Pingora's HTTP/2 answered (an empty 400) or reset by itself; here it gets its line.
    pub fn record_malformed_stream(&self, connection: &Digest) {
        let reason = "malformed HTTP/2 request, ended by the protocol layer (RFC 9113 §8.1.1)";
        self.record_connection(connection, Code::BadRequest, reason);
    }

    /// A connection that was ended for how its client behaved.
    pub fn record_broken_connection(&self, connection: &Digest, reason: &'static str) {
        self.record_connection(connection, Code::RateLimited, reason);
    }

    /// An HTTP/2 request whose body stopped coming; its stream is reset.
    pub fn record_silent_body(&self, call: &mut Call) {
        let path = call.forward().map(|forward| forward.path.clone());
        let mut answer = self.problem(call, Code::RequestTimeout, "the body stopped; stream reset");
        call.answered(&mut answer);
        self.record(call, None, path.as_deref(), (answer.status, 0));
    }

    fn record_connection(&self, connection: &Digest, code: Code, reason: &'static str) {
        let (call, answer) = self.refused(client::address_of(connection), code, reason);
        self.record(&call, None, None, (answer.status, 0));
    }

    /// Counts a call at its end, and writes its line. `answer`: its status, and the bytes of its body that were sent.
    pub(super) fn record(
        &self,
        call: &Call,
        request: Option<&RequestHeader>,
        path: Option<&str>,
        answer: (u16, u64),
    ) {
        let (status, bytes) = answer;
        self.metrics.record(self.ring, || call.observed(status));
        self.log
            .write(|line| call.write_line(request, path, status, bytes, line));
    }

    /// A call that never became a request, and the answer to it.
    fn refused(&self, address: Option<IpAddr>, code: Code, reason: &'static str) -> (Call, Answer) {
        let mut call = Call::new(self.ring);
        call.wall = self.live.wall();
        call.client_address = address;
        let mut answer = problem::answer(code, call.telling(), call.request_id.as_str(), reason);
        call.answered(&mut answer);
        (call, answer)
    }

    /// The request's fate. Where its limit has to be asked for, that is waited for here, for a bounded time.
    pub(super) async fn judge(&self, session: &Session, call: &mut Call) -> Fate {
        match self.judged(session, call, None) {
            Fate::Ask(question) => {
                let allowance = self.shared_limits.ask(&question).await;
                self.judged(session, call, Some(question.settled(allowance)))
            }
            fate => fate,
        }
    }

    /// Whatever the wall does: without a revision, and after a panic, it is 503.
    fn judged(&self, session: &Session, call: &mut Call, settled: Option<Settled>) -> Fate {
        let Some(wall) = call.wall.as_ref() else {
            return self.fault(call, Code::RevisionUnavailable, "no revision is loaded");
        };
        let since = Instant::now();
        let judged = catch_unwind(AssertUnwindSafe(|| {
            inject_fault(&session.req_header().headers);
            let fields = Fields(&session.req_header().headers);
            let arrival = client::arrival(session, call, &fields);
            let (identities, limits) = (&self.live.identities, &self.live.limits);
            match settled {
                None => wall.judge(&arrival, identities, limits, &mut Silent),
                Some(settled) => {
                    wall.judge_settled(&arrival, identities, limits, &mut Silent, settled)
                }
            }
        }));
        call.wall_us += u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        judged
            .unwrap_or_else(|_| self.fault(call, Code::WallFault, "the wall panicked; see the log"))
    }

    fn fault(&self, call: &Call, code: Code, reason: &str) -> Fate {
        Fate::Answer(Box::new(self.problem(call, code, reason)))
    }

    /// An answer after which the connection ends.
    pub(super) fn problem(&self, call: &Call, code: Code, reason: impl Into<String>) -> Answer {
        let mut answer = problem::answer(code, call.telling(), call.request_id.as_str(), reason);
        answer.close = true;
        answer
    }

    pub(super) async fn send(
        &self,
        session: &mut Session,
        call: &mut Call,
        mut answer: Box<Answer>,
    ) -> Result<()> {
        self.tell_pages(session, call, &mut answer);
        if session.response_written().is_none() {
            bodies::forget(session, call);
        }
        let sent = answer::send(session, &mut answer, call.request_id.as_str()).await;
        call.answered(&mut answer);
        sent
    }

    /// What pages of other origins may do goes with every answer.
    pub(super) fn tell_pages(&self, session: &Session, call: &Call, answer: &mut Answer) {
        if let Some(cors) = call.forward().and_then(Forward::cors) {
            let fields = Fields(&session.req_header().headers);
            answer.headers.extend(cors.fields(&fields));
        }
    }
}

/// Development builds let a test see what becomes of a panic in the wall; release builds know nothing of it.
fn inject_fault(fields: &HeaderMap) {
    if cfg!(debug_assertions) {
        assert!(
            !fields.contains_key("x-inject-wall-fault"),
            "injected fault"
        );
    }
}
