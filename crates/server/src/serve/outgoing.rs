//! The two headers that cross the gateway: the request to the upstream, and what of its response leaves.
//!
//! Pingora hands over headers it is done with; they are changed in place, every field of them judged. Names
//! lose the letter case they came in (RFC 9110 §5.1: it means nothing).

use std::mem;

use bytes::Bytes;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderMap, HeaderName, HeaderValue, header, request, response};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::{Error, ErrorType, OrErr, Result};
use wall::Forward;
use wall::headers::{self, Passage};

use super::answer::REQUEST_ID;

static ADDED: [HeaderName; 4] = [
    HeaderName::from_static(headers::ADDED[0]),
    HeaderName::from_static(headers::ADDED[1]),
    HeaderName::from_static(headers::ADDED[2]),
    HeaderName::from_static(headers::ADDED[3]),
];
static REQUEST_ID_NAME: HeaderName = HeaderName::from_static(REQUEST_ID);

/// Makes of Pingora's copy of the client's header exactly: the wall's target, the upstream's own `Host`, what
/// may pass of the client's fields, and who calls.
pub fn to_upstream(request: &mut RequestHeader, forward: &Forward, request_id: &str) -> Result<()> {
    let (nothing, ()) = http::Request::new(()).into_parts();
    let client = mem::replace(request, RequestHeader::from(nothing));
    let mut parts = request::Parts::from(client);
    let nominated = nominated(&parts.headers);
    sift(&mut parts.headers, |name, value| {
        match passes(name, value.as_bytes(), &nominated) {
            true => Passage::Keep,
            false => Passage::Drop,
        }
    });
    let fields = &mut parts.headers;
    join_cookies(fields)?;
    fields.insert(header::HOST, value(&forward.authority)?);
    for (name, (_, text)) in ADDED.iter().zip(headers::added(forward, request_id)) {
        fields.insert(name.clone(), value(text)?);
    }
    parts.uri = origin_form(&forward.upstream_target)?;
    *request = RequestHeader::from(parts);
    Ok(())
}

/// HTTP/2 may split a cookie over fields; to HTTP/1.1 it goes as one (RFC 9113 §8.2.3).
fn join_cookies(fields: &mut HeaderMap) -> Result<()> {
    let crumbs = fields.get_all(header::COOKIE).iter();
    let crumbs: Vec<&[u8]> = crumbs.map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1 {
        let cookie = HeaderValue::from_maybe_shared(Bytes::from(crumbs.join(&b"; "[..])))
            .or_err(ErrorType::InvalidHTTPHeader, "not a cookie")?;
        fields.insert(header::COOKIE, cookie);
    }
    Ok(())
}

/// Framing is decided by the gateway: the length stays, `Expect` is its own affair, and Pingora sets
/// `Transfer-Encoding` where there is a body without a length. `Host` is replaced.
fn passes(name: &HeaderName, value: &[u8], nominated: &[String]) -> bool {
    match *name {
        header::CONTENT_LENGTH | header::HOST => true,
        header::EXPECT | header::TRANSFER_ENCODING => false,
        _ => headers::reaches_upstream(name.as_str(), value, nominated),
    }
}

fn origin_form(target: &str) -> Result<Uri> {
    let target = Bytes::copy_from_slice(target.as_bytes());
    PathAndQuery::from_maybe_shared(target)
        .map(Uri::from)
        .or_err(ErrorType::InvalidHTTPHeader, "not a request target")
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::explain(ErrorType::InvalidHTTPHeader, "not a header value"))
}

/// Leaves of the upstream's response header what this caller may see, and adds what the gateway says itself.
/// `Transfer-Encoding` goes as well: Pingora frames the body for the client's connection after this. So does
/// the reason phrase: an upstream's own words.
pub fn to_client(response: &mut ResponseHeader, forward: &Forward, request_id: &str) -> Result<()> {
    let (nothing, ()) = http::Response::new(()).into_parts();
    let upstream = mem::replace(response, ResponseHeader::from(nothing));
    let mut parts = response::Parts::from(upstream);
    let nominated = nominated(&parts.headers);
    sift(&mut parts.headers, |name, value| match *name {
        header::CONTENT_LENGTH => Passage::Keep,
        _ => forward
            .response
            .judge(name.as_str(), value.as_bytes(), &nominated),
    });
    // RFC 9110 §8.6: no length on 204, whatever the upstream says; clients would wait for a body.
    if parts.status == http::StatusCode::NO_CONTENT {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    for (name, text) in &forward.quota_headers {
        let name = HeaderName::from_static(name);
        parts.headers.insert(name, value(text)?);
    }
    parts
        .headers
        .insert(REQUEST_ID_NAME.clone(), value(request_id)?);
    *response = ResponseHeader::from(parts);
    Ok(())
}

/// Judges every value of every field. Most stay, so only what changes is touched.
fn sift(fields: &mut HeaderMap, judge: impl Fn(&HeaderName, &HeaderValue) -> Passage) {
    let mut changed: Vec<HeaderName> = Vec::new();
    for (name, value) in &*fields {
        // Values of one name follow one another.
        if changed.last() != Some(name) && judge(name, value) != Passage::Keep {
            changed.push(name.clone());
        }
    }
    for name in changed {
        let judged = fields.get_all(&name).into_iter().filter_map(|value| {
            match judge(&name, value) {
                Passage::Keep => Some(value.clone()),
                // A value that is no header value any more is dropped.
                Passage::Replace(value) => HeaderValue::try_from(value).ok(),
                Passage::Drop => None,
            }
        });
        let left: Vec<HeaderValue> = judged.collect();
        fields.remove(&name);
        for value in left {
            fields.append(name.clone(), value);
        }
    }
}

fn nominated(fields: &HeaderMap) -> Vec<String> {
    let connections = fields.get_all(header::CONNECTION);
    connections
        .iter()
        .flat_map(|value| headers::nominated(value.as_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_field_is_judged_by_itself() {
        let mut fields = HeaderMap::new();
        for (name, value) in [
            ("a", "1"),
            ("b", "bad"),
            ("b", "2"),
            ("c", "old"),
            ("d", "bad"),
        ] {
            fields.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        sift(&mut fields, |_, value| match value.as_bytes() {
            b"bad" => Passage::Drop,
            b"old" => Passage::Replace(b"new".to_vec()),
            _ => Passage::Keep,
        });
        let mut left: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        left.sort_unstable();
        assert_eq!(left, [("a", "1"), ("b", "2"), ("c", "new")]);
    }
}
