//! What the cache had to do with a call, for the log and for callers inside (RFC 9211).

use std::time::SystemTime;

use http::{HeaderName, HeaderValue, StatusCode, header};
use pingora::Result;
use pingora::cache::{CachePhase, HttpCache, NoCacheReason};
use pingora::http::ResponseHeader;
use wall::audience::Ring;

static CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered without the service.
    Hit,
    /// The service said that what is kept holds.
    Revalidated,
    /// What is kept stood in for the service.
    Stale,
    /// Looked for and not there.
    Miss,
    /// Not looked for, or not waited for.
    Bypass,
}

impl Outcome {
    pub const ALL: [Outcome; 5] = [
        Outcome::Hit,
        Outcome::Revalidated,
        Outcome::Stale,
        Outcome::Miss,
        Outcome::Bypass,
    ];

    pub fn of(phase: CachePhase) -> Outcome {
        use NoCacheReason::{CacheLockGiveUp, CacheLockRetryLimit, CacheLockTimeout, NeverEnabled};
        match phase {
            CachePhase::Hit => Outcome::Hit,
            CachePhase::Revalidated | CachePhase::RevalidatedNoCache(_) => Outcome::Revalidated,
            CachePhase::Stale | CachePhase::StaleUpdating => Outcome::Stale,
            CachePhase::Bypass
            | CachePhase::Disabled(
                NeverEnabled | CacheLockGiveUp | CacheLockRetryLimit | CacheLockTimeout,
            ) => Outcome::Bypass,
            CachePhase::Miss
            | CachePhase::Expired
            | CachePhase::Uninit
            | CachePhase::CacheKey
            | CachePhase::Disabled(_) => Outcome::Miss,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Hit => "hit",
            Outcome::Revalidated => "revalidated",
            Outcome::Stale => "stale",
            Outcome::Miss => "miss",
            Outcome::Bypass => "bypass",
        }
    }
}

/// What is the gateway's own of a response that leaves, after `judge` left what of it may: how its body is framed,
/// how old it is, and inside where it came from.
pub fn leaving(
    response: &mut ResponseHeader,
    cache: &HttpCache,
    ring: Ring,
    judge: impl FnOnce(&mut ResponseHeader),
) -> Result<()> {
    let fields = &response.headers;
    let chunked = fields.get(header::TRANSFER_ENCODING).cloned();
    let age = fields.get(header::AGE).cloned();
    judge(response);
    let bodiless = matches!(
        response.status,
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    );
    if let Some(chunked) = chunked.filter(|_| !bodiless)
        && !response.headers.contains_key(header::CONTENT_LENGTH)
    {
        response.insert_header(header::TRANSFER_ENCODING, chunked)?;
    }
    if let Some(age) = age.filter(|_| !cache.upstream_used()) {
        response.insert_header(header::AGE, age)?;
    }
    if !ring.is_outer() {
        response.append_header(&CACHE_STATUS, status(cache))?;
    }
    Ok(())
}

/// A member of `Cache-Status`.
fn status(cache: &HttpCache) -> HeaderValue {
    let text = match (Outcome::of(cache.phase()), cache.phase()) {
        (Outcome::Hit | Outcome::Stale, _) => {
            return HeaderValue::from_str(&format!("ringwork; hit; ttl={}", seconds_left(cache)))
                .unwrap_or_else(|_| HeaderValue::from_static("ringwork; hit"));
        }
        (Outcome::Revalidated, _) => "ringwork; fwd=stale; fwd-status=304",
        (Outcome::Bypass, _) => "ringwork; fwd=bypass",
        (Outcome::Miss, CachePhase::Miss) => "ringwork; fwd=uri-miss; stored",
        (Outcome::Miss, CachePhase::Expired) => "ringwork; fwd=stale; stored",
        (Outcome::Miss, _) => "ringwork; fwd=uri-miss",
    };
    HeaderValue::from_static(text)
}

/// Negative once it is stale.
fn seconds_left(cache: &HttpCache) -> i64 {
    let until = cache.cache_meta().fresh_until();
    let seconds =
        |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match until.duration_since(SystemTime::now()) {
        Ok(left) => seconds(left),
        Err(over) => -seconds(over.duration()),
    }
}
