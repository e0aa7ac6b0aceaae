//! The gate of one ring: Pingora's hooks, in the order a request meets them. What happens to a request is
//! decided by the wall; here it is carried out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::Stream;
use pingora::proxy::{FailToProxy, ProxyHttp, Session};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};
use wall::audience::Ring;
use wall::problem::{self, Code};
use wall::record::trace_id;
use wall::target::Target;
use wall::trace::Silent;
use wall::{Answer, Fate};

use super::call::{Call, Settled};
use super::fields::Fields;
use super::{answer, client, failure, outgoing, service};
use crate::live::Live;
use crate::log::access::AccessLog;
use crate::upstream::Upstreams;

/// Not a status anyone receives: the client went away before its answer (as nginx logs it).
const CLIENT_GONE: u16 = 499;

/// Everything the hooks of one ring share. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    ring: Ring,
    live: Arc<Live>,
    upstreams: Arc<Upstreams>,
    log: AccessLog,
}

impl Gate {
    pub fn new(ring: Ring, live: Arc<Live>, upstreams: Arc<Upstreams>, log: AccessLog) -> Gate {
        Gate {
            ring,
            live,
            upstreams,
            log,
        }
    }

    pub fn ring(&self) -> Ring {
        self.ring
    }

    /// The answer, as bytes, to what is no HTTP request; recorded like any other call.
    pub fn refuse_malformed(&self, stream: &Stream, reason: &'static str) -> Vec<u8> {
        let mut call = Call::new(self.ring);
        call.wall = self.live.wall();
        let socket = stream.get_socket_digest();
        call.client_address = socket.and_then(|socket| Some(socket.peer_addr()?.as_inet()?.ip()));
        let mut answer = problem::answer(
            Code::BadRequest,
            call.error_detail(),
            &call.request_id,
            reason,
        );
        let bytes = answer::to_bytes(&answer, &call.request_id);
        call.answered(&mut answer);
        self.log
            .write(|line| call.write_line(None, answer.status, answer.body.len() as u64, line));
        bytes
    }

    /// The request's fate, whatever the wall does: without a revision, and after a panic, it is 503.
    fn judge(&self, session: &Session, call: &mut Call) -> Fate {
        let Some(wall) = call.wall.as_ref() else {
            return self.fault(call, Code::RevisionUnavailable, "no revision is loaded");
        };
        let since = Instant::now();
        let judged = catch_unwind(AssertUnwindSafe(|| {
            inject_fault(&session.req_header().headers);
            let fields = Fields(&session.req_header().headers);
            let arrival = client::arrival(session, call, &fields);
            wall.judge(
                &arrival,
                &self.live.identities,
                &self.live.limits,
                &mut Silent,
            )
        }));
        call.wall_us = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        judged
            .unwrap_or_else(|_| self.fault(call, Code::WallFault, "the wall panicked; see the log"))
    }

    fn fault(&self, call: &Call, code: Code, reason: &str) -> Fate {
        let mut answer = problem::answer(code, call.error_detail(), &call.request_id, reason);
        answer.close = true;
        Fate::Answer(Box::new(answer))
    }

    async fn send(
        &self,
        session: &mut Session,
        call: &mut Call,
        mut answer: Box<Answer>,
    ) -> Result<()> {
        let sent = answer::send(session, &mut answer, &call.request_id).await;
        call.answered(&mut answer);
        sent
    }
}

#[async_trait]
impl ProxyHttp for Gate {
    type CTX = Call;

    fn new_ctx(&self) -> Call {
        Call::new(self.ring)
    }

    async fn early_request_filter(&self, session: &mut Session, call: &mut Call) -> Result<()> {
        client::bound(session);
        call.wall = self.live.wall();
        call.client_address = client::address(session);
        let request = session.req_header();
        call.method = Some(request.method.clone());
        call.trace_id = request
            .headers
            .get("traceparent")
            .and_then(|v| trace_id(v.as_bytes()))
            .map(str::to_owned);
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, call: &mut Call) -> Result<bool> {
        let forward = match self.judge(session, call) {
            Fate::Forward(forward) => forward,
            Fate::Answer(answer) => return self.send(session, call, answer).await.map(|()| true),
        };
        let announced = client::content_length(session.req_header());
        let too_large = announced.is_some_and(|bytes| bytes > forward.max_body_bytes);
        call.fate = Settled::Forward(forward);
        if too_large {
            let (code, reason) = (
                Code::BodyTooLarge,
                "Content-Length is larger than max_body_bytes",
            );
            let mut answer = problem::answer(code, call.error_detail(), &call.request_id, reason);
            answer.close = true;
            return self
                .send(session, call, Box::new(answer))
                .await
                .map(|()| true);
        }
        client::make_plain(session);
        client::invite_body(session).await?;
        Ok(false)
    }

    async fn upstream_peer(&self, session: &mut Session, call: &mut Call) -> Result<Box<HttpPeer>> {
        service::peer(&self.upstreams, session, call).await
    }

    fn fail_to_connect(
        &self,
        _: &mut Session,
        _: &HttpPeer,
        call: &mut Call,
        error: Box<Error>,
    ) -> Box<Error> {
        service::not_reached(call, error)
    }

    fn error_while_proxy(
        &self,
        _: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        call: &mut Call,
        reused: bool,
    ) -> Box<Error> {
        service::broke_off(session, call, error, reused)
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        call: &mut Call,
    ) -> Result<()> {
        let forward = call.forward().ok_or_else(unsettled)?;
        outgoing::to_upstream(request, forward, &call.request_id)?;
        service::introduce(session, request, forward, self.upstreams.secrets())
    }

    async fn request_body_filter(
        &self,
        _: &mut Session,
        body: &mut Option<Bytes>,
        _: bool,
        call: &mut Call,
    ) -> Result<()> {
        call.request_bytes += body.as_ref().map_or(0, |bytes| bytes.len() as u64);
        match call.forward() {
            Some(forward) if call.request_bytes > forward.max_body_bytes => Error::e_explain(
                ErrorType::HTTPStatus(Code::BodyTooLarge.status()),
                "body too large",
            ),
            Some(_) => Ok(()),
            None => Err(unsettled()),
        }
    }

    async fn upstream_response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        call: &mut Call,
    ) -> Result<()> {
        service::answered(session, call, response.status.as_u16())?;
        let forward = call.forward().ok_or_else(unsettled)?;
        // Nobody asked for it: requests to change protocols are forwarded as plain ones.
        if response.status == StatusCode::SWITCHING_PROTOCOLS {
            return Error::e_explain(ErrorType::InvalidHTTPHeader, "101 unasked")
                .map_err(|e| e.into_up());
        }
        let sanitised = catch_unwind(AssertUnwindSafe(|| {
            outgoing::to_client(response, forward, &call.request_id)
        }));
        sanitised.unwrap_or_else(|_| {
            Error::e_explain(ErrorType::InternalError, "the wall panicked at a response")
        })
    }

    fn upstream_response_body_filter(
        &self,
        _: &mut Session,
        _: &mut Option<Bytes>,
        _: bool,
        call: &mut Call,
    ) -> Result<Option<Duration>> {
        service::in_time(call)
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        call: &mut Call,
    ) -> FailToProxy {
        let code = failure::code(error);
        if let Some(code) = code {
            let reason = failure::reason(error);
            let mut answer = problem::answer(code, call.error_detail(), &call.request_id, reason);
            answer.close = true;
            // A client that does not take the answer is gone; there is nobody to tell.
            let _ = self.send(session, call, Box::new(answer)).await;
        }
        FailToProxy {
            error_code: code.map_or(0, Code::status),
            can_reuse_downstream: false,
        }
    }

    /// The access log has it, with its reason; Pingora's own line would quote paths and queries.
    fn suppress_error_log(&self, _: &Session, _: &Call, _: &Error) -> bool {
        true
    }

    async fn logging(&self, session: &mut Session, _: Option<&Error>, call: &mut Call) {
        let status = session
            .response_written()
            .map_or(CLIENT_GONE, |header| header.status.as_u16());
        let response_bytes = session.body_bytes_sent() as u64;
        let request = session.req_header();
        let target = Target::normalise(
            request.method.as_str(),
            request.raw_path(),
            client::host(request),
        );
        let path = target.as_ref().ok().map(|target| target.path.as_ref());
        self.log
            .write(|line| call.write_line(path, status, response_bytes, line));
    }
}

/// The wall settles every request before anything else is asked; if not, it is a defect of the gateway.
pub(super) fn unsettled() -> Box<Error> {
    Error::explain(
        ErrorType::InternalError,
        "a hook ran before the wall judged",
    )
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
