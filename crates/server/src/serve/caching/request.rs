//! Which requests are answered from what is kept.

use http::{HeaderName, Method, header};
use pingora::cache::cache_control::CacheControl;
use pingora::http::RequestHeader;
use wall::headers::reaches_upstream;

/// Ask for something else than the response as a whole, or for one of somebody the gateway does not know.
static ASIDE: [HeaderName; 5] = [
    header::RANGE,
    header::IF_MATCH,
    header::IF_UNMODIFIED_SINCE,
    header::COOKIE,
    header::TRANSFER_ENCODING,
];

/// GET or HEAD for the whole, without a body and without state.
pub fn may_be_answered(request: &RequestHeader) -> bool {
    let fields = &request.headers;
    let bodiless = fields
        .get(header::CONTENT_LENGTH)
        .is_none_or(|length| length == "0");
    matches!(request.method, Method::GET | Method::HEAD)
        && bodiless
        && !ASIDE.iter().any(|name| fields.contains_key(name))
        && !said(request, |control| control.no_store())
}

/// Whether the client wants what the service has to say now (RFC 9111 §5.2.1; browsers say so on reload).
pub fn wants_it_anew(request: &RequestHeader) -> bool {
    said(request, |control| {
        control.no_cache() || matches!(control.max_age(), Ok(Some(0)))
    })
}

/// Credentials the service itself is to judge; the gateway's own go no further.
pub fn authorizes(request: &RequestHeader, bearer_passes: bool) -> bool {
    let name = header::AUTHORIZATION.as_str();
    let fields = request.headers.get_all(header::AUTHORIZATION);
    fields
        .iter()
        .any(|value| reaches_upstream(name, value.as_bytes(), &[], bearer_passes))
}

fn said(request: &RequestHeader, what: impl Fn(&CacheControl) -> bool) -> bool {
    request.headers.contains_key(header::CACHE_CONTROL)
        && CacheControl::from_req_headers(request).is_some_and(|control| what(&control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, fields: &[(&'static str, &str)]) -> RequestHeader {
        let mut request = RequestHeader::build(method, b"/", None).unwrap();
        for (name, value) in fields {
            request.append_header(*name, *value).unwrap();
        }
        request
    }

    #[test]
    fn parts_bodies_and_state_go_past() {
        assert!(may_be_answered(&request("GET", &[("content-length", "0")])));
        assert!(may_be_answered(&request("HEAD", &[("if-none-match", "*")])));
        assert!(!may_be_answered(&request("POST", &[])));
        for field in [
            ("range", "bytes=0-1"),
            ("if-match", "\"1\""),
            ("if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT"),
            ("cookie", "session=1"),
            ("content-length", "1"),
            ("transfer-encoding", "chunked"),
            ("cache-control", "max-age=0, no-store"),
        ] {
            assert!(!may_be_answered(&request("GET", &[field])), "{field:?}");
        }
    }

    #[test]
    fn a_reload_reaches_the_service() {
        for said in ["no-cache", "max-age=0", "x, No-Cache"] {
            assert!(
                wants_it_anew(&request("GET", &[("cache-control", said)])),
                "{said}"
            );
        }
        for said in ["max-age=1", "only-if-cached", ""] {
            assert!(
                !wants_it_anew(&request("GET", &[("cache-control", said)])),
                "{said}"
            );
        }
    }

    #[test]
    fn the_gateways_own_keys_are_no_credentials_of_the_service() {
        let key = "rw_production_0123456789ab_0123456789abcdefghijklmnopqrstuvABCDEF";
        let bearer = |token: &str| request("GET", &[("authorization", &format!("Bearer {token}"))]);
        assert!(!authorizes(&bearer(key), true));
        assert!(authorizes(&bearer("somebody"), true));
        assert!(!authorizes(&bearer("somebody"), false));
        assert!(!authorizes(&request("GET", &[]), true));
    }
}
