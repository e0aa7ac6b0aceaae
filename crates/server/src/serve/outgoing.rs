//! The two headers the gateway writes itself: the request to the upstream, and what of its response leaves.
//!
//! Both are built anew from what the wall lets pass, so a field nobody thought of stays behind.

use http::{HeaderMap, header};
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
    let mut request = RequestHeader::build(
        client.method.clone(),
        target,
        Some(client.headers.len() + 4),
    )?;
    request.append_header(header::HOST, authority(&forward.upstream))?;
    let nominated = nominated(&client.headers);
    for (name, value) in &client.headers {
        if passes(name.as_str(), value.as_bytes(), &nominated) {
            request.append_header(name.clone(), value.clone())?;
        }
    }
    for (name, value) in headers::added(forward, request_id) {
        request.insert_header(name, value)?;
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
    let mut kept = ResponseHeader::build(response.status, Some(response.headers.len() + 6))?;
    for (name, value) in &response.headers {
        if name == header::CONTENT_LENGTH {
            kept.append_header(name.clone(), value.clone())?;
            continue;
        }
        match forward
            .response
            .judge(name.as_str(), value.as_bytes(), &nominated)
        {
            Passage::Keep => kept.append_header(name.clone(), value.clone())?,
            Passage::Replace(value) => kept.append_header(name.clone(), value)?,
            Passage::Drop => true,
        };
    }
    kept.set_version(response.version);
    *response = kept;
    Ok(())
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
