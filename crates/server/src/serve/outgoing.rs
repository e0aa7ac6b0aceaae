//! The two headers the gateway writes itself: the request to the upstream, and what of its response leaves.
//!
//! Both are built anew from what the wall lets pass, so a field nobody thought of stays behind.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use pingora::Result;
use pingora::http::{RequestHeader, ResponseHeader};
use wall::Forward;
use wall::bundle::Upstream;
use wall::headers::{self, Passage};

/// Exactly: the wall's target, the upstream's own `Host`, what may pass of the client's fields, and who calls.
pub fn upstream_request(
    client: &RequestHeader,
    forward: &Forward,
    request_id: &str,
) -> Result<RequestHeader> {
    let target = forward.upstream_target.as_bytes();
    let fields = Some(client.headers.len() + 5);
    let mut request = RequestHeader::build_no_case(client.method.clone(), target, fields)?;
    request.append_header(header::HOST, authority(&forward.upstream))?;
    let nominated = nominated(&client.headers);
    for (name, value) in &client.headers {
        if passes(name.as_str(), value.as_bytes(), &nominated) {
            request.append_header(name, value.clone())?;
        }
    }
    for (name, value) in headers::added(forward, request_id) {
        request.insert_header(HeaderName::from_static(name), value)?;
    }
    Ok(request)
}

/// Framing is decided by the gateway: the length stays, `Host` and `Expect` are its own affair, and Pingora
/// sets `Transfer-Encoding` where there is a body without a length.
fn passes(name: &str, value: &[u8], nominated: &[String]) -> bool {
    match name {
        "content-length" => true,
        "host" | "expect" | "transfer-encoding" => false,
        _ => headers::reaches_upstream(name, value, nominated),
    }
}

/// Host and port as RFC 9110 §7.2 wants them: no port where it is the scheme's own.
fn authority(upstream: &Upstream) -> String {
    let host = match upstream.host.contains(':') {
        true => format!("[{}]", upstream.host),
        false => upstream.host.clone(),
    };
    match (upstream.tls, upstream.port) {
        (true, 443) | (false, 80) => host,
        (_, port) => format!("{host}:{port}"),
    }
}

/// Takes out of the upstream's response header what this caller must not see. `Transfer-Encoding` goes as
/// well: Pingora frames the body for the client's connection after this.
pub fn sanitise(response: &mut ResponseHeader, forward: &Forward) -> Result<()> {
    let nominated = nominated(&response.headers);
    let judged = |name: &HeaderName| survivors(&response.headers, name, forward, &nominated);
    let changed: Vec<_> = response.headers.keys().filter_map(judged).collect();
    for (name, values) in changed {
        response.remove_header(&name);
        for value in values {
            response.append_header(&name, value)?;
        }
    }
    Ok(())
}

/// What is left of a field's values; `None` when all of them stay as they are.
fn survivors(
    fields: &HeaderMap,
    name: &HeaderName,
    forward: &Forward,
    nominated: &[String],
) -> Option<(HeaderName, Vec<HeaderValue>)> {
    if name == header::CONTENT_LENGTH {
        return None;
    }
    let mut changed = false;
    let mut left = Vec::new();
    for value in fields.get_all(name) {
        let passage = forward
            .response
            .judge(name.as_str(), value.as_bytes(), nominated);
        changed |= passage != Passage::Keep;
        match passage {
            Passage::Keep => left.push(value.clone()),
            // A value that is no header value any more is dropped.
            Passage::Replace(value) => left.extend(HeaderValue::try_from(value)),
            Passage::Drop => {}
        }
    }
    changed.then(|| (name.clone(), left))
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

    fn upstream(tls: bool, host: &str, port: u16) -> Upstream {
        let (path, host) = (String::new(), host.to_owned());
        Upstream {
            tls,
            host,
            port,
            path,
            connect_timeout_ms: 1,
            io_timeout_ms: 1,
        }
    }

    #[test]
    fn the_upstream_is_called_by_its_own_name() {
        assert_eq!(authority(&upstream(false, "orders", 80)), "orders");
        assert_eq!(authority(&upstream(true, "orders", 443)), "orders");
        assert_eq!(authority(&upstream(true, "orders", 80)), "orders:80");
        assert_eq!(authority(&upstream(false, "::1", 8080)), "[::1]:8080");
    }
}
