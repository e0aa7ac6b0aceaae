//! The two headers that cross the gateway: the request to the upstream, and what of its response leaves.
//!
//! Pingora hands over headers it is done with; every field of them is judged, and what passes moves on. Names
//! lose the letter case they came in (RFC 9110 §5.1: it means nothing).

use std::mem;

use bytes::Bytes;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request, response};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::{ErrorType, OrErr, Result};
use wall::Forward;
use wall::bundle::Cors;
use wall::headers::{self, Passage, RATELIMIT, RATELIMIT_POLICY};

use super::answer::REQUEST_ID;
use super::fields::Fields;

static REQUEST_ID_NAME: HeaderName = HeaderName::from_static(REQUEST_ID);
/// Room for the fields the gateway adds, so that a map need not grow.
const ADDED: usize = 6;

/// Makes of Pingora's copy of the client's header exactly: the wall's target, the upstream's own `Host`, what
/// may pass of the client's fields, and who calls. `trace_accepted`: the client's word on traces passes.
pub fn to_upstream(
    request: &mut RequestHeader,
    forward: &Forward,
    request_id: &HeaderValue,
    trace_accepted: bool,
) -> Result<()> {
    let (nothing, ()) = http::Request::new(()).into_parts();
    let client = mem::replace(request, RequestHeader::from(nothing));
    let mut parts = request::Parts::from(client);
    let nominated = nominated(&parts.headers);
    let declared = forward.request.as_ref();
    let mut fields = sifted(mem::take(&mut parts.headers), |name, value| {
        let passes = passes(name, value.as_bytes(), &nominated, forward.bearer_passes)
            && (trace_accepted || !headers::chooses_trace(name.as_str()));
        match (passes, declared) {
            (true, _) if *name == header::AUTHORIZATION && forward.hands_on_token() => {
                Passage::Keep
            }
            (true, Some(policy)) => policy.judge_field(name.as_str(), value.as_bytes()),
            (true, None) => Passage::Keep,
            (false, _) => Passage::Drop,
        }
    });
    join_cookies(&mut fields)?;
    fields.insert(header::HOST, forward.authority.clone());
    for (name, value) in headers::added(forward, request_id) {
        fields.insert(name, value);
    }
    parts.headers = fields;
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
fn passes(name: &HeaderName, value: &[u8], nominated: &[String], bearer_passes: bool) -> bool {
    match *name {
        header::CONTENT_LENGTH => true,
        header::HOST | header::EXPECT | header::TRANSFER_ENCODING => false,
        _ => headers::reaches_upstream(name.as_str(), value, nominated, bearer_passes),
    }
}

fn origin_form(target: &str) -> Result<Uri> {
    let target = Bytes::copy_from_slice(target.as_bytes());
    PathAndQuery::from_maybe_shared(target)
        .map(Uri::from)
        .or_err(ErrorType::InvalidHTTPHeader, "not a request target")
}

/// Leaves of the upstream's response header what this caller may see, and adds what the gateway says itself.
/// `Transfer-Encoding` goes as well: Pingora frames the body for the client's connection after this. So does
/// the reason phrase: an upstream's own words.
pub fn to_client(response: &mut ResponseHeader, forward: &Forward, request_id: &HeaderValue) {
    let (nothing, ()) = http::Response::new(()).into_parts();
    let upstream = mem::replace(response, ResponseHeader::from(nothing));
    let mut parts = response::Parts::from(upstream);
    let nominated = nominated(&parts.headers);
    // RFC 9110 §8.6: no length on 204, whatever the upstream says; clients would wait for a body.
    let has_length = parts.status != StatusCode::NO_CONTENT;
    let status = parts.status.as_u16();
    let mut fields = sifted(mem::take(&mut parts.headers), |name, value| match *name {
        header::CONTENT_LENGTH if has_length => Passage::Keep,
        header::CONTENT_LENGTH => Passage::Drop,
        _ => forward.response.judge(
            status,
            name.as_str(),
            value.as_bytes(),
            &nominated,
            &forward.upstream_target,
        ),
    });
    fields.insert(&RATELIMIT_POLICY, forward.quota.policy.clone());
    fields.insert(&RATELIMIT, forward.quota.left.clone());
    fields.insert(&REQUEST_ID_NAME, request_id.clone());
    announce(&mut fields, forward);
    parts.headers = fields;
    *response = ResponseHeader::from(parts);
}

/// The estate's dates count, not the upstream's: what it says of them goes. Its links stay beside ours.
fn announce(fields: &mut HeaderMap, forward: &Forward) {
    for (name, _) in forward
        .notices
        .iter()
        .filter(|(name, _)| *name != header::LINK)
    {
        fields.remove(name);
    }
    for (name, value) in &forward.notices {
        fields.append(name, value.clone());
    }
}

/// What pages of other origins may do is the gateway's to say: the upstream's own word on it goes.
pub fn to_pages(response: &mut ResponseHeader, cors: &Cors, request: &HeaderMap) -> Result<()> {
    let said = response.headers.keys();
    let said = said.filter(|name| name.as_str().starts_with("access-control-"));
    for name in said.cloned().collect::<Vec<_>>() {
        response.remove_header(&name);
    }
    for (name, value) in cors.fields(&Fields(request)) {
        response.append_header(name, value)?;
    }
    Ok(())
}

/// Leaves of the upstream's trailer fields what this caller may see. Whatever goes wrong, nothing else is left in
/// `trailers`: Pingora passes on what it finds there even when its hook fails.
pub fn trailers_to_client(trailers: &mut HeaderMap, status: u16, forward: &Forward) {
    let upstream = mem::take(trailers);
    *trailers = sifted(upstream, |name, value| {
        forward
            .response
            .judge_trailer(status, name.as_str(), value.as_bytes())
    });
}

/// What is left of the fields after every value of every one was judged, with room for more.
fn sifted(fields: HeaderMap, judge: impl Fn(&HeaderName, &HeaderValue) -> Passage) -> HeaderMap {
    let mut left = HeaderMap::with_capacity(fields.len() + ADDED);
    let mut last: Option<HeaderName> = None;
    for (name, value) in fields {
        // Only the first of several values brings the name.
        let Some(name) = name.or(last) else { break };
        match judge(&name, &value) {
            Passage::Keep => left.append(&name, value),
            // A value that is no header value any more is dropped.
            Passage::Replace(value) => match HeaderValue::try_from(value) {
                Ok(value) => left.append(&name, value),
                Err(_) => false,
            },
            Passage::Drop => false,
        };
        last = Some(name);
    }
    left
}

pub fn nominated(fields: &HeaderMap) -> Vec<String> {
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
        let left = sifted(fields, |_, value| match value.as_bytes() {
            b"bad" => Passage::Drop,
            b"old" => Passage::Replace(b"new".to_vec()),
            _ => Passage::Keep,
        });
        let mut left: Vec<_> = left
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        left.sort_unstable();
        assert_eq!(left, [("a", "1"), ("b", "2"), ("c", "new")]);
    }
}
