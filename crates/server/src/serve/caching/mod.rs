//! Responses that are kept and given again (RFC 9111), where the manifest says so.
//!
//! A hit is a call like any other: it was authenticated, counted against its limits and is logged before anything is
//! looked up. What is kept is the service's response as it came; the wall judges it anew each time it leaves, so a
//! revision that shows less shows less of what is kept, too.

mod freshness;
mod outcome;
mod request;
mod variance;

use http::{Method, StatusCode};
use pingora::cache::key::HashBinary;
use pingora::cache::{CacheKey, CacheMeta, ForcedFreshness, NoCacheReason, RespCacheable};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::http::conditional_filter::not_modified_filter;
use pingora::proxy::Session;
use pingora::{Error, ErrorSource, ErrorType};
use wall::Forward;
use wall::caching::Presented;
use wall::headers::Passage;

use super::call::Call;
use super::client;
use crate::cache::{Asked, Responses};
pub use outcome::{Outcome, leaving};

/// HEAD is answered from what GET left behind; it leaves nothing itself.
const HEAD_FILLS_NOTHING: NoCacheReason = NoCacheReason::Custom("HEAD");
/// What stands in for a service is for its failures (RFC 5861 §4).
const FAILURES: [u16; 4] = [500, 502, 503, 504];

/// A call to an operation whose responses are kept.
pub struct Caching {
    /// `None`: the call goes past.
    key: Option<CacheKey>,
    /// It carries credentials for the service itself.
    authorization: bool,
    /// The client wants it from the service.
    anew: bool,
    pub outcome: Outcome,
}

impl Caching {
    /// What the call has to do with what is kept; `None` where nothing is.
    pub fn of(session: &Session, call: &Call) -> Option<Box<Caching>> {
        let forward = call.forward()?;
        let allowed = forward.cache()?;
        let request = session.req_header();
        let environment = &*call.wall.as_ref()?.manifest().environment;
        let presented = Presented {
            host: client::host(request),
            authorization: request::authorizes(request, forward.bearer_passes),
        };
        let key = (call.tunnel.is_none() && request::may_be_answered(request))
            .then(|| CacheKey::new(forward.cache_key(allowed, environment, &presented), ""));
        Some(Box::new(Caching {
            key,
            authorization: presented.authorization,
            anew: request::wants_it_anew(request),
            outcome: Outcome::Bypass,
        }))
    }

    pub fn begin(&self, session: &mut Session, responses: &'static Responses, forward: &Forward) {
        if let Some(allowed) = forward.cache().filter(|_| self.key.is_some()) {
            let together = session.req_header().method != Method::HEAD;
            responses.enable(&mut session.cache, together, allowed.max_object_bytes);
        }
    }

    /// Asked once, and only of a call that does not go past.
    pub fn key(&mut self) -> pingora::Result<CacheKey> {
        let missing = || Error::explain(ErrorType::InternalError, "no key for what is kept");
        self.key.take().ok_or_else(missing)
    }

    pub fn ended(&mut self, session: &Session) {
        self.outcome = Outcome::of(session.cache.phase());
    }

    /// Whether a response that was found is not to be given.
    pub fn found(&self, request: &RequestHeader, is_fresh: bool) -> Option<ForcedFreshness> {
        let validates = !is_fresh && request.method == Method::HEAD;
        (self.anew || validates).then_some(ForcedFreshness::ForceMiss)
    }

    /// Whether the service's response is kept, and until when.
    pub fn judge(
        &self,
        response: &ResponseHeader,
        forward: &Forward,
        asked: Asked,
    ) -> RespCacheable {
        let allowed = forward.cache();
        let meta = allowed.and_then(|allowed| freshness::of(response, allowed, self.authorization));
        match meta {
            Some(mut meta) => {
                meta.extensions_mut().insert(asked);
                RespCacheable::Cacheable(meta)
            }
            // The next in line tries again; nobody remembers that it could not be kept.
            None if response.status.is_server_error() => {
                RespCacheable::Uncacheable(NoCacheReason::UpstreamError)
            }
            None => RespCacheable::Uncacheable(NoCacheReason::OriginNotCache),
        }
    }
}

pub fn variance(
    meta: &CacheMeta,
    forward: &Forward,
    request: &RequestHeader,
) -> Option<HashBinary> {
    variance::of(meta.headers(), &forward.cache()?.vary, &request.headers)
}

/// Nothing was found.
pub fn missed(session: &mut Session) {
    match session.req_header().method {
        Method::HEAD => session.cache.disable(HEAD_FILLS_NOTHING),
        _ => session.cache.cache_miss(),
    }
}

/// Whether the client has what it would be given (RFC 9110 §13.1). By a validator it was never shown it is told
/// nothing.
pub fn is_not_modified(
    request: &RequestHeader,
    response: &ResponseHeader,
    forward: &Forward,
) -> bool {
    if forward.is_projected() {
        return false; // compared when it is known what leaves
    }
    let mut shown = response.clone();
    for name in [http::header::ETAG, http::header::LAST_MODIFIED] {
        let leaves = |value: &http::HeaderValue| {
            forward.response.judge(
                response.status.as_u16(),
                name.as_str(),
                value.as_bytes(),
                &[],
                &forward.upstream_target,
            ) == Passage::Keep
        };
        if !response.headers.get(&name).is_some_and(leaves) {
            shown.remove_header(&name);
        }
    }
    not_modified_filter(request, &shown)
}

/// Whether a stale response may stand in for the service that failed like this. What it answered is noted first: it
/// is not passed on, so nothing else will see it.
pub fn may_stand_in(call: &Call, error: Option<&Error>) -> bool {
    let Some(error) = error.filter(|error| error.esource() == &ErrorSource::Upstream) else {
        return false;
    };
    let ErrorType::HTTPStatus(status) = error.etype() else {
        return true;
    };
    if let Some(attempts) = &call.attempts {
        attempts.answered(*status);
    }
    FAILURES.contains(status)
}

/// A request that is no safe one reached the service: unless it says that nothing came of it (4xx), what is kept of
/// the same resource is not given any more.
pub fn note_write(
    responses: &Responses,
    request: &RequestHeader,
    status: Option<StatusCode>,
    forward: &Forward,
) {
    let refused = status.is_some_and(|status| status.is_client_error());
    if !request.method.is_safe() && !refused {
        responses.written(forward.resource());
    }
}
