//! The client's side of a request: what the wall is told of it, and what is settled with the client itself.

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderValue, Version, header};
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

/// Longest silence of a client within a body, or while it takes one.
const IO_TIMEOUT: Duration = Duration::from_secs(30);
/// For the rest of a body nobody waits for any more.
const DRAIN_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// An end to every wait for the client.
pub fn bound(session: &mut Session) {
    session.set_read_timeout(Some(IO_TIMEOUT));
    session.set_write_timeout(Some(IO_TIMEOUT));
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

/// Why the header fields of an HTTP/2 request are too many, if they are; HTTP/1 heads are looked at before.
/// A field counts as RFC 9113 §6.5.2 has it: name, value and 32 bytes.
fn oversized(request: &RequestHeader) -> Option<&'static str> {
    if request.version != Version::HTTP_2 {
        return None;
    }
    let fields = &request.headers;
    if fields.len() > framing::MAX_FIELDS {
        return Some(framing::TOO_MANY);
    }
    let sizes = fields
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32);
    let bytes = request.raw_path().len() + sizes.sum::<usize>();
    (bytes > framing::MAX_HEAD_BYTES).then_some(framing::TOO_LONG)
}

/// What must hold before the wall is asked: a bounded head, and a client whose address is known.
pub fn introduced(session: &Session, call: &mut Call) -> Result<(), (Code, &'static str)> {
    let request = session.req_header();
    if let Some(reason) = oversized(request) {
        return Err((Code::FieldsTooLarge, reason));
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

/// `Expect: 100-continue` is answered by the gateway once the wall let the request pass.
pub async fn invite_body(session: &mut Session) -> pingora::Result<()> {
    if session
        .req_header_mut()
        .remove_header(&header::EXPECT)
        .is_none()
    {
        return Ok(());
    }
    let ServerSession::H1(client) = session.as_downstream_mut() else {
        return Ok(());
    };
    client.set_ignore_info_resp(false);
    let written = client.write_continue_response().await;
    client.set_ignore_info_resp(true);
    written
}
