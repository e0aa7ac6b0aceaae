//! Which responses are kept, and for how long (RFC 9111 §3 and §4.2, RFC 5861 §4).

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use pingora::cache::CacheMeta;
use pingora::cache::cache_control::{CacheControl, InterpretCacheControl};
use pingora::http::ResponseHeader;
use wall::bundle::Cache;
use wall::headers::is_hop_by_hop;

use super::variance;
use crate::serve::outgoing;

/// Final, and the same when they come again (RFC 9110 §15.1).
const KEPT: [StatusCode; 8] = [
    StatusCode::OK,
    StatusCode::NON_AUTHORITATIVE_INFORMATION,
    StatusCode::NO_CONTENT,
    StatusCode::MULTIPLE_CHOICES,
    StatusCode::MOVED_PERMANENTLY,
    StatusCode::PERMANENT_REDIRECT,
    StatusCode::NOT_FOUND,
    StatusCode::GONE,
];
/// For one caller, or a part, or not whole without what is not kept.
static FOR_ONE: [HeaderName; 3] = [header::SET_COOKIE, header::CONTENT_RANGE, header::TRAILER];
/// Never ending, or read by nobody twice.
const STREAMED: [&str; 3] = [
    "text/event-stream",
    "application/grpc",
    "multipart/x-mixed-replace",
];
/// Longer is "for ever" (RFC 9111 §1.2.2 lets a cache say so).
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// What is kept of a response, if it may be. `authorization`: its request carried credentials for the service.
pub fn of(response: &ResponseHeader, allowed: &Cache, authorization: bool) -> Option<CacheMeta> {
    let control = CacheControl::from_resp_headers(response);
    let control = control.as_ref();
    let keeps = is_for_more_than_one(response)
        && control.is_none_or(may_be_kept)
        && (!authorization
            || control.is_some_and(|control| control.allow_caching_authorized_req()));
    if !keeps {
        return None;
    }
    let now = SystemTime::now();
    let age = age(&response.headers);
    let lifetime = lifetime(response, control, allowed)?.min(LONGEST);
    let left = lifetime.checked_sub(age).filter(|left| !left.is_zero())?;
    let stale_if_error = control
        .and_then(|control| control.serve_stale_if_error_duration())
        .unwrap_or(Duration::from_millis(allowed.stale_if_error_ms));
    let stale_if_error = stale_if_error.as_secs().try_into().unwrap_or(u32::MAX);
    let mut meta = CacheMeta::new(now + left, now, 0, stale_if_error, without_hops(response));
    meta.set_epoch_override(now.checked_sub(age).unwrap_or(now));
    Some(meta)
}

fn is_for_more_than_one(response: &ResponseHeader) -> bool {
    let fields = &response.headers;
    let kinds = fields.get_all(header::CONTENT_TYPE).iter();
    KEPT.contains(&response.status)
        && has_an_end(response)
        && !FOR_ONE.iter().any(|name| fields.contains_key(name))
        && !kinds.map(HeaderValue::as_bytes).any(is_streamed)
        && !variance::is_by_everything(fields)
}

fn is_streamed(content_type: &[u8]) -> bool {
    let kind = content_type.to_ascii_lowercase();
    STREAMED
        .iter()
        .any(|streamed| kind.starts_with(streamed.as_bytes()))
}

/// Of a body that ends with its connection nobody can say whether it is whole (RFC 9112 §8).
fn has_an_end(response: &ResponseHeader) -> bool {
    let framed = |name| response.headers.contains_key::<HeaderName>(name);
    response.version == Version::HTTP_2
        || response.status == StatusCode::NO_CONTENT
        || framed(header::CONTENT_LENGTH)
        || framed(header::TRANSFER_ENCODING)
}

/// `private` and `no-cache` with field names are read as without. What had to be validated each time is not kept.
fn may_be_kept(control: &CacheControl) -> bool {
    !control.no_store() && !control.has_key("private") && !control.has_key("no-cache")
}

/// As the service says it, or else as the manifest does. `None`: nobody says, or it is nonsense.
fn lifetime(
    response: &ResponseHeader,
    control: Option<&CacheControl>,
    allowed: &Cache,
) -> Option<Duration> {
    let says = |name| control.is_some_and(|control| control.has_key(name));
    if says("max-age") || says("s-maxage") {
        return control.and_then(|control| control.fresh_duration());
    }
    if response.headers.contains_key(header::EXPIRES) {
        return until_expiry(&response.headers);
    }
    let fails = response.status.is_client_error();
    allowed.ttl_ms.filter(|_| !fails).map(Duration::from_millis)
}

fn until_expiry(fields: &HeaderMap) -> Option<Duration> {
    let date = |name| {
        let mut values = fields.get_all::<HeaderName>(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        httpdate::parse_http_date(value.to_str().ok()?).ok()
    };
    let from = date(header::DATE).unwrap_or_else(SystemTime::now);
    date(header::EXPIRES)?.duration_since(from).ok()
}

/// What caches before this one say.
fn age(fields: &HeaderMap) -> Duration {
    let said = fields.get(header::AGE).and_then(|age| age.to_str().ok());
    let seconds = said.and_then(|age| age.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

/// RFC 9111 §3.1; `Age` is counted anew.
fn without_hops(response: &ResponseHeader) -> ResponseHeader {
    let nominated = outgoing::nominated(&response.headers);
    let mut left = response.clone();
    let goes = |name: &&HeaderName| {
        **name == header::TRANSFER_ENCODING
            || **name == header::AGE
            || is_hop_by_hop(name.as_str(), &nominated)
    };
    for name in response.headers.keys().filter(goes) {
        left.remove_header(name);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(ttl_ms: Option<u64>) -> Cache {
        Cache {
            ttl_ms,
            shared: false,
            vary: vec![],
            stale_if_error_ms: 30_000,
            max_object_bytes: 1000,
        }
    }

    fn response(status: u16, fields: &[(&'static str, &str)]) -> ResponseHeader {
        let mut response = ResponseHeader::build(status, None).unwrap();
        response.insert_header("content-length", 2).unwrap();
        for (name, value) in fields {
            response.append_header(*name, *value).unwrap();
        }
        response
    }

    /// Seconds it stays fresh.
    fn fresh(fields: &[(&'static str, &str)]) -> Option<u64> {
        let meta = of(&response(200, fields), &allowed(Some(60_000)), false)?;
        let left = meta.fresh_until().duration_since(SystemTime::now());
        Some(left.unwrap().as_secs_f64().round() as u64)
    }

    #[test]
    fn the_services_word_comes_before_the_manifests() {
        let date = ("date", "Sat, 01 Jan 2000 00:00:00 GMT");
        assert_eq!(fresh(&[]), Some(60));
        assert_eq!(fresh(&[("cache-control", "public")]), Some(60));
        assert_eq!(fresh(&[("cache-control", "max-age=5")]), Some(5));
        assert_eq!(
            fresh(&[("cache-control", "max-age=5, s-maxage=9")]),
            Some(9)
        );
        assert_eq!(
            fresh(&[("cache-control", "max-age=9"), ("age", "4")]),
            Some(5)
        );
        assert_eq!(
            fresh(&[("expires", "Sat, 01 Jan 2000 00:00:07 GMT"), date]),
            Some(7)
        );
    }

    #[test]
    fn what_is_not_to_be_kept_is_not_kept() {
        for fields in [
            &[("cache-control", "no-store")][..],
            &[("cache-control", "private")],
            &[("cache-control", "private=\"set-cookie\", max-age=9")],
            &[("cache-control", "no-cache")],
            &[("cache-control", "max-age=0")],
            &[("cache-control", "max-age=soon")],
            &[("cache-control", "max-age=9"), ("age", "9")],
            &[("expires", "0")],
            &[("expires", "Sat, 01 Jan 2000 00:00:07 GMT")],
            &[("set-cookie", "a=1")],
            &[("vary", "*")],
            &[("content-type", "text/event-stream")],
            &[("trailer", "x-checksum")],
        ] {
            assert_eq!(fresh(fields), None, "{fields:?}");
        }
        let said = [("cache-control", "max-age=9")];
        for status in [201, 206, 302, 304, 401, 500, 503] {
            assert!(of(&response(status, &said), &allowed(None), false).is_none());
        }
        let mut endless = response(200, &said);
        endless.remove_header("content-length");
        assert!(of(&endless, &allowed(None), false).is_none());
    }

    #[test]
    fn nothing_is_made_up_where_nobody_says() {
        assert!(of(&response(200, &[]), &allowed(None), false).is_none());
        assert!(of(&response(404, &[]), &allowed(Some(60_000)), false).is_none());
        let said = [("cache-control", "max-age=9")];
        assert!(of(&response(404, &said), &allowed(None), false).is_some());
    }

    #[test]
    fn what_somebody_was_authorised_for_is_kept_only_where_it_says_so() {
        let kept = |said| {
            let response = response(200, &[("cache-control", said)]);
            of(&response, &allowed(Some(60_000)), true).is_some()
        };
        assert!(!kept("max-age=9"));
        assert!(kept("public, max-age=9") && kept("s-maxage=9") && kept("must-revalidate"));
        assert!(of(&response(200, &[]), &allowed(Some(60_000)), true).is_none());
    }

    #[test]
    fn what_must_be_validated_never_stands_in() {
        let stands_in = |said| {
            let response = response(200, &[("cache-control", said)]);
            of(&response, &allowed(None), false)
                .unwrap()
                .stale_if_error_sec()
        };
        assert_eq!(stands_in("max-age=9"), 30);
        assert_eq!(stands_in("max-age=9, stale-if-error=5"), 5);
        assert_eq!(stands_in("max-age=9, must-revalidate"), 0);
        assert_eq!(stands_in("s-maxage=9"), 0);
    }

    #[test]
    fn what_is_of_the_connection_is_not_kept() {
        let fields = [
            ("cache-control", "max-age=9"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("age", "1"),
            ("etag", "\"1\""),
        ];
        let meta = of(&response(200, &fields), &allowed(None), false).unwrap();
        let mut names: Vec<&str> = meta.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cache-control", "content-length", "etag"]);
    }
}
