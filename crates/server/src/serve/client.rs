//! The client's side of a request: what the wall is told of it, and what is settled with the client itself.

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderValue, Method, Version, header};
use pingora::http::RequestHeader;
use pingora::protocols::Digest;
use pingora::protocols::http::ServerSession;
use pingora::proxy::Session;
use wall::Arrival;
use wall::fate::Headers;
use wall::problem::Code;

use super::call::Call;
use super::framing;
use crate::tls::Peer;

/// For the rest of a body nobody waits for any more.
const DRAIN_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// An end to every wait for the client.
pub fn bound(session: &mut Session, silence: Duration) {
    session.set_read_timeout(Some(silence));
    session.set_write_timeout(Some(silence));
    session.set_total_drain_timeout(Some(DRAIN_BODY_TIMEOUT));
    session.set_ignore_info_resp(true);
}

/// The request exactly as the accepting socket saw it.
pub fn arrival<'a>(session: &'a Session, call: &'a Call, headers: &'a dyn Headers) -> Arrival<'a> {
    let request = session.req_header();
    let peer = peer(session);
    Arrival {
        ring: call.ring,
        method: request.method.as_str(),
        target: request.raw_path(),
        host: host(request),
        server_name: peer.and_then(|peer| peer.server_name.as_deref()),
        headers,
        client_address: call.client_address.unwrap_or(IpAddr::from([0, 0, 0, 0])),
        certificate: peer.and_then(|peer| peer.certificate.as_ref()),
        now_unix_ns: call.arrived_unix_ns,
        request_id: call.request_id.as_str(),
    }
}

/// What the TLS handshake showed, on every request of the connection.
pub fn peer(session: &Session) -> Option<&Peer> {
    peer_of(session.digest()?)
}

pub fn peer_of(connection: &Digest) -> Option<&Peer> {
    connection.ssl_digest.as_ref()?.extension.get::<Peer>()
}

pub fn address_of(connection: &Digest) -> Option<IpAddr> {
    Some(
        connection
            .socket_digest
            .as_ref()?
            .peer_addr()?
            .as_inet()?
            .ip(),
    )
}

pub fn address(session: &Session) -> Option<IpAddr> {
    Some(session.client_addr()?.as_inet()?.ip())
}

/// `:authority` on HTTP/2, `Host` on HTTP/1; that they agree where both are is checked before.
pub fn host(request: &RequestHeader) -> Option<&[u8]> {
    let field = request
        .headers
        .get(header::HOST)
        .map(|host| host.as_bytes());
    match request.version {
        Version::HTTP_2 => request
            .uri
            .authority()
            .map(|authority| authority.as_str().as_bytes())
            .or(field),
        _ => field,
    }
}

/// Why the header of an HTTP/2 request is not taken, if it is not; HTTP/1 heads are looked at before. A field counts
/// as RFC 9113 §6.5.2 has it: name, value and 32 bytes.
fn refused(request: &RequestHeader) -> Option<(Code, &'static str)> {
    if request.version != Version::HTTP_2 {
        return None;
    }
    let fields = &request.headers;
    if fields.len() > framing::MAX_FIELDS {
        return Some((Code::FieldsTooLarge, framing::TOO_MANY));
    }
    let sizes = fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32);
    let bytes = request.raw_path().len() + sizes.sum::<usize>();
    if bytes > framing::MAX_HEAD_BYTES {
        return Some((Code::FieldsTooLarge, framing::TOO_LONG));
    }
    malformed(request).map(|reason| (Code::BadRequest, reason))
}

/// What the protocol layer lets pass, and another reader would read otherwise behind us (RFC 9113 §8.1.1, §8.2.1).
fn malformed(request: &RequestHeader) -> Option<&'static str> {
    let (uri, fields) = (&request.uri, &request.headers);
    // Without an authority, the scheme is lost before this.
    let schemed = uri.authority().is_some() && request.method != Method::CONNECT;
    if schemed && !matches!(uri.scheme_str(), Some("https" | "http")) {
        return Some("a scheme of its own");
    }
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let padded = |value: &HeaderValue| {
        let value = value.as_bytes();
        blank(value.first()) || blank(value.last())
    };
    if fields.values().any(padded) {
        return Some("blanks around a field's value");
    }
    let mut lengths = fields.get_all(header::CONTENT_LENGTH).iter();
    match (lengths.next(), lengths.next()) {
        (None, _) => None,
        (Some(length), None) if framing::is_length(length.as_bytes()) => None,
        _ => Some("Content-Length is not one number"),
    }
}

/// What must hold before the wall is asked: a bounded, well-formed head, and a client whose address is known.
pub fn introduced(session: &Session, call: &mut Call) -> Result<(), (Code, &'static str)> {
    let request = session.req_header();
    if let Some(refused) = refused(request) {
        return Err(refused);
    }
    let wall = call.wall.as_ref().and_then(|wall| wall.ring(call.ring));
    let proxies = wall.and_then(|ring| ring.proxies());
    if let (Some(proxies), Some(peer)) = (proxies, call.client_address)
        && let Some(field) = proxies.header
    {
        let values = request.headers.get_all(field.name()).iter();
        let client = proxies.client(peer, values.map(HeaderValue::as_bytes));
        call.client_address = Some(client.map_err(|reason| (Code::BadRequest, reason))?);
    }
    Ok(())
}

pub fn content_length(request: &RequestHeader) -> Option<u64> {
    request
        .headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// A request to change protocols is served as the plain request it also is (RFC 9110 §7.8: upgrades may be
/// ignored), unless it becomes a tunnel.
pub fn make_plain(session: &mut Session) {
    let request = session.req_header_mut();
    if request.remove_header(&header::UPGRADE).is_some() {
        request.remove_header("http2-settings");
        request.remove_header(&header::CONNECTION);
    }
}

/// `Expect: 100-continue` is answered by the gateway once the wall let the request pass, if a body is to come. Other
/// expectations, and HTTP/1.0's, mean nothing (RFC 9110 §10.1.1). None goes on to an upstream.
pub async fn invite_body(session: &mut Session) -> pingora::Result<()> {
    let request = session.req_header_mut();
    let Some(expected) = request.remove_header(&header::EXPECT) else {
        return Ok(());
    };
    let understood = request.version == Version::HTTP_11
        && expected.as_bytes().eq_ignore_ascii_case(b"100-continue");
    let ServerSession::H1(client) = session.as_downstream_mut() else {
        return Ok(());
    };
    if !understood || client.is_body_done() {
        return Ok(());
    }
    client.set_ignore_info_resp(false);
    // To Pingora any response before the end of the body ends the connection.
    client.set_close_on_response_before_downstream_finish(false);
    let written = client.write_continue_response().await;
    client.set_close_on_response_before_downstream_finish(true);
    client.set_ignore_info_resp(true);
    written
}
