//! Pingora's hooks, in the order a request meets them. What happens to a request is decided by the wall; here
//! it is carried out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use pingora::cache::key::HashBinary;
use pingora::cache::storage::HitHandler;
use pingora::cache::{CacheKey, CacheMeta, ForcedFreshness, NoCacheReason, RespCacheable};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::modules::http::compression::ResponseCompressionBuilder;
use pingora::proxy::{FailToProxy, ProxyHttp, RangeType, Session};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorType, Result};
use wall::problem::Code;
use wall::recording::Side;
use wall::{Fate, Forward};

use super::caching::{self, Caching};
use super::call::{Call, Settled};
use super::gate::Gate;
use super::silence::{BodyClock, Watched};
use super::tunnel::{self, Tunnel};
use super::{bodies, client, failure, leaving, messages, outgoing, requests, service, tracing};

#[async_trait]
impl ProxyHttp for Gate {
    type CTX = Call;

    fn new_ctx(&self) -> Call {
        Call::new(self.ring)
    }

    fn init_downstream_modules(&self, modules: &mut HttpModules) {
        modules.add_module(ResponseCompressionBuilder::enable(0));
        modules.add_module(Box::new(bodies::PassingBuilder));
    }

    async fn early_request_filter(&self, session: &mut Session, call: &mut Call) -> Result<()> {
        call.under_way = self.metrics.begin(self.ring);
        call.wall = self.live.wall();
        client::bound(session, call.silence());
        let clock = BodyClock::of(session.req_header()).cloned();
        call.body = clock.map(|clock| Watched::new(clock, self));
        call.client_address = client::address(session);
        let request = session.req_header();
        call.method = Some(request.method.clone());
        call.trace = tracing::begin(request, call);
        Ok(())
    }

    async fn request_filter(&self, session: &mut Session, call: &mut Call) -> Result<bool> {
        if let Err((code, reason)) = client::introduced(session, call) {
            let answer = Box::new(self.problem(call, code, reason));
            return self.send(session, call, answer).await.map(|()| true);
        }
        let forward = match self.judge(session, call).await {
            Fate::Forward(forward) => forward,
            Fate::Answer(answer) => return self.send(session, call, answer).await.map(|()| true),
            Fate::Ask(_) => return Err(unsettled()),
        };
        let announced = client::content_length(session.req_header());
        let too_large = announced.is_some_and(|bytes| bytes > forward.max_body_bytes);
        call.fate = Settled::Forward(forward);
        if too_large {
            let reason = "Content-Length is larger than max_body_bytes";
            let answer = Box::new(self.problem(call, Code::BodyTooLarge, reason));
            return self.send(session, call, answer).await.map(|()| true);
        }
        if let Err(refusal) = requests::begin(session, call) {
            return self.refuse(session, call, &refusal).await.map(|()| true);
        }
        let allowed = call.forward().and_then(Forward::websocket);
        call.tunnel = allowed.and_then(|allowed| Tunnel::asked(session.req_header(), allowed));
        match &call.tunnel {
            Some(tunnel) => tunnel.bound_client(session),
            None => client::make_plain(session),
        }
        call.caching = Caching::of(session, call);
        messages::begin(session, call);
        client::invite_body(session).await?;
        match requests::read_ahead(session, call).await {
            Ok(()) => self.records(session, call).await.map(|goes_on| !goes_on),
            Err(ended) => self.end(session, call, ended).await.map(|()| true),
        }
    }

    fn request_cache_filter(&self, session: &mut Session, call: &mut Call) -> Result<()> {
        if let (Some(caching), Some(forward)) = (&call.caching, call.forward()) {
            caching.begin(session, self.live.responses, forward);
        }
        Ok(())
    }

    fn cache_key_callback(&self, _: &Session, call: &mut Call) -> Result<CacheKey> {
        call.caching.as_mut().ok_or_else(unsettled)?.key()
    }

    fn cache_vary_filter(
        &self,
        meta: &CacheMeta,
        call: &mut Call,
        request: &RequestHeader,
    ) -> Option<HashBinary> {
        caching::variance(meta, call.forward()?, request)
    }

    async fn cache_hit_filter(
        &self,
        session: &mut Session,
        _: &CacheMeta,
        _: &mut HitHandler,
        is_fresh: bool,
        call: &mut Call,
    ) -> Result<Option<ForcedFreshness>> {
        let caching = call.caching.as_ref().ok_or_else(unsettled)?;
        Ok(caching.found(session.req_header(), is_fresh))
    }

    fn cache_miss(&self, session: &mut Session, _: &mut Call) {
        caching::missed(session);
    }

    fn cache_not_modified_filter(
        &self,
        session: &Session,
        response: &ResponseHeader,
        call: &mut Call,
    ) -> Result<bool> {
        let forward = call.forward().ok_or_else(unsettled)?;
        Ok(caching::is_not_modified(
            session.req_header(),
            response,
            forward,
        ))
    }

    /// Requests for parts go past what is kept, so nobody is told that there are any.
    fn range_header_filter(
        &self,
        _: &mut Session,
        _: &mut ResponseHeader,
        _: &mut Call,
    ) -> RangeType {
        RangeType::None
    }

    async fn upstream_peer(&self, session: &mut Session, call: &mut Call) -> Result<Box<HttpPeer>> {
        let mut peer = service::peer(&self.upstreams, session, call).await?;
        if let Some(tunnel) = &call.tunnel {
            tunnel.bound_upstream(&mut peer);
        }
        Ok(peer)
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
        let trace_accepted = tracing::accepts(call);
        outgoing::to_upstream(request, forward, call.request_id.value(), trace_accepted)?;
        tracing::introduce(request, call)?;
        service::introduce(session, request, forward, self.upstreams.secrets())?;
        bodies::ask(session, request, forward)?;
        if call.tunnel.is_some() {
            tunnel::offer(request)?;
        }
        match &mut call.recorded {
            Some(recorded) => recorded.sends(request),
            None => Ok(()),
        }
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        ended: bool,
        call: &mut Call,
    ) -> Result<()> {
        if call.reading.is_some() {
            if let Err(ended) = requests::forwarded(session, call, body, ended) {
                self.end(session, call, ended).await?;
                return Err(Error::new(requests::ANSWERED));
            }
        } else {
            call.request_bytes += body.as_ref().map_or(0, |bytes| bytes.len() as u64);
            if let Some(body) = &call.body {
                body.came(ended);
            }
            requests::passed(session, call, body.as_deref(), ended);
        }
        if let Some(recorded) = &mut call.recorded {
            recorded.came(Side::Request, body.as_deref());
        }
        if !ended || call.place.is_some() {
            self.stays(session, call)?;
        }
        if let Some(tunnel) = &call.tunnel
            && session.was_upgraded()
        {
            return tunnel.in_time();
        }
        // Once the upstream answers, the exchange has the pace of both.
        if !ended && session.response_written().is_none() && call.is_too_slow() {
            return Error::e_explain(
                ErrorType::HTTPStatus(Code::RequestTimeout.status()),
                "body too slow",
            );
        }
        match call.forward() {
            Some(forward) if call.request_bytes > forward.max_body_bytes => Error::e_explain(
                ErrorType::HTTPStatus(Code::BodyTooLarge.status()),
                "body too large",
            ),
            Some(_) => Ok(()),
            // Answered while it was still coming.
            None if matches!(call.fate, Settled::Answered(_)) => Ok(()),
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
        if let Some(recorded) = &mut call.recorded {
            recorded.answered(response);
        }
        if let Some(body) = &call.body {
            body.came(true);
        }
        self.begins(session, response, call);
        let forward = call.forward().ok_or_else(unsettled)?;
        // Where nobody asked for a tunnel, the request was forwarded as a plain one.
        if tunnel::is_opening(response) && call.tunnel.is_none() {
            return Error::e_explain(ErrorType::InvalidHTTPHeader, "101 unasked")
                .map_err(|e| e.into_up());
        }
        let written = Some(response.status);
        caching::note_write(self.live.responses, session.req_header(), written, forward);
        match call.caching {
            // It is kept as it is, and judged as it leaves.
            Some(_) => Ok(()),
            None => leaving::judged(session, response, call),
        }
    }

    fn response_cache_filter(
        &self,
        _: &Session,
        response: &ResponseHeader,
        call: &mut Call,
    ) -> Result<RespCacheable> {
        let (Some(caching), Some(forward)) = (&call.caching, call.forward()) else {
            return Ok(RespCacheable::Uncacheable(NoCacheReason::InternalError));
        };
        let asked = self.live.responses.asked(forward.resource(), call.arrived);
        Ok(caching.judge(response, forward, asked))
    }

    fn should_serve_stale(&self, _: &mut Session, call: &mut Call, error: Option<&Error>) -> bool {
        caching::may_stand_in(call, error)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        call: &mut Call,
    ) -> Result<()> {
        let judged = match call.caching {
            Some(_) => leaving::judged(session, response, call),
            None => Ok(()),
        };
        let judged =
            judged.and_then(|()| leaving::begun(session, response, call, self.upstreams.secrets()));
        if let Err(error) = &judged {
            // Of what is kept, Pingora would answer in its own name.
            let code = failure::code(error).unwrap_or(Code::WallFault);
            let answer = Box::new(self.problem(call, code, failure::reason(error)));
            self.send(session, call, answer).await?;
        }
        judged
    }

    fn response_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        ended: bool,
        call: &mut Call,
    ) -> Result<Option<Duration>> {
        self.body_came(session, body, ended, call).map(|()| None)
    }

    async fn response_trailer_filter(
        &self,
        session: &mut Session,
        trailers: &mut HeaderMap,
        call: &mut Call,
    ) -> Result<Option<Bytes>> {
        let forward = call.forward();
        let status = session
            .response_written()
            .map_or(0, |header| header.status.as_u16());
        // After a panic, and where nothing was judged, they are empty: that is how it fails closed.
        let judged = catch_unwind(AssertUnwindSafe(|| match forward {
            Some(forward) => outgoing::trailers_to_client(trailers, status, forward),
            None => trailers.clear(),
        }));
        judged.map_err(|_| {
            Error::explain(ErrorType::InternalError, "the wall panicked at trailers")
        })?;
        self.body_ended(session, call)
    }

    fn upstream_response_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        ended: bool,
        call: &mut Call,
    ) -> Result<Option<Duration>> {
        if let Some(recorded) = &mut call.recorded {
            recorded.came(Side::Response, body.as_deref());
        }
        if !ended || call.place.is_some() {
            self.stays(session, call)?;
        }
        match &call.tunnel {
            Some(tunnel) => tunnel.in_time().map(|()| None),
            None => service::in_time(call),
        }
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        call: &mut Call,
    ) -> FailToProxy {
        self.answer_failure(session, error, call).await
    }

    /// The access log has it, with its reason; Pingora's own line would quote paths and queries.
    fn suppress_error_log(&self, _: &Session, _: &Call, _: &Error) -> bool {
        true
    }

    /// For Pingora's own lines: the access log has the rest.
    fn request_summary(&self, _: &Session, call: &Call) -> String {
        call.request_id.as_str().to_owned()
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, call: &mut Call) {
        self.send_held(session, call, error.is_some()).await;
        call.body = None; // it ends here, not under way
        call.recorded = None;
        self.record_call(session, call);
    }
}

/// The wall settles every request before anything else is asked; if not, it is a defect of the gateway.
pub(super) fn unsettled() -> Box<Error> {
    Error::explain(
        ErrorType::InternalError,
        "a hook ran before the wall judged",
    )
}
