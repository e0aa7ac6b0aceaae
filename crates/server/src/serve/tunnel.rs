//! WebSocket (RFC 6455): where the contract says so and the wall let the request pass, it becomes a tunnel.
//!
//! Only HTTP/1.1 has it; what asks in any other way, or where nothing is said, is served as the plain request
//! it also is.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::ALPN;
use pingora::proxy::Session;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorSource, ErrorType, Result};
use wall::bundle::WebSocket;

use super::outgoing;

/// What a service says of the tunnel it opens (RFC 6455 §4.2.2).
static HANDSHAKE: [HeaderName; 3] = [
    header::SEC_WEBSOCKET_ACCEPT,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_EXTENSIONS,
];
const LIFETIME_OVER: ErrorType = ErrorType::new("TunnelLifetime");

/// A tunnel that was asked for, and is there once the service agreed.
pub struct Tunnel {
    idle: Duration,
    end: Instant,
    /// Why the gateway ended it, for the log.
    pub ended: Option<&'static str>,
}

impl Tunnel {
    /// A tunnel, if the request asks for one as RFC 6455 §4.2.1 demands.
    pub fn asked(request: &RequestHeader, allowed: &WebSocket) -> Option<Box<Tunnel>> {
        is_handshake(request).then(|| {
            Box::new(Tunnel {
                idle: Duration::from_millis(allowed.idle_ms),
                end: Instant::now() + Duration::from_millis(allowed.lifetime_ms),
                ended: None,
            })
        })
    }

    /// Both sides may be silent as long as the tunnel allows, and no longer.
    pub fn bound_client(&self, session: &mut Session) {
        session.set_read_timeout(Some(self.idle));
    }

    pub fn bound_upstream(&self, peer: &mut HttpPeer) {
        peer.options.read_timeout = Some(self.idle);
        peer.options.alpn = ALPN::H1;
    }

    /// Asked at every piece in either direction; a tunnel without any ends by being idle.
    pub fn in_time(&self) -> Result<()> {
        match Instant::now() < self.end {
            true => Ok(()),
            false => Err(Error::new(LIFETIME_OVER)),
        }
    }

    /// Notes why it ended. Nobody is answered: the connection is no HTTP any more.
    pub fn broke_off(&mut self, error: &Error) {
        self.ended = Some(match (error.etype(), error.esource()) {
            (kind, _) if *kind == LIFETIME_OVER => "tunnel: lifetime over",
            (ErrorType::ReadTimedout, ErrorSource::Downstream) => "tunnel: the client was silent",
            (ErrorType::ReadTimedout, _) => "tunnel: the upstream was silent",
            (_, ErrorSource::Upstream) => "tunnel: the upstream broke off",
            _ => "tunnel: the client broke off",
        });
    }
}

/// Says to the service what the client said; the fields of the handshake passed as any others.
pub fn offer(request: &mut RequestHeader) -> Result<()> {
    request.insert_header(header::CONNECTION, "Upgrade")?;
    request.insert_header(header::UPGRADE, "websocket")
}

/// The response that opens a tunnel: judged as every response is, and the handshake beside it.
pub fn opened(
    response: &mut ResponseHeader,
    to_client: impl FnOnce(&mut ResponseHeader),
) -> Result<()> {
    if !is_websocket(response.headers.get(header::UPGRADE)) {
        return Err(Error::explain(ErrorType::InvalidHTTPHeader, "101 to what?").into_up());
    }
    let handshake = HANDSHAKE
        .iter()
        .map(|name| (name, response.headers.get(name).cloned()));
    let handshake: Vec<_> = handshake.collect();
    to_client(response);
    response.remove_header(&header::CONTENT_LENGTH);
    for (name, value) in handshake {
        if let Some(value) = value {
            response.insert_header(name, value)?;
        }
    }
    response.insert_header(header::CONNECTION, "Upgrade")?;
    response.insert_header(header::UPGRADE, "websocket")
}

pub fn is_opening(response: &ResponseHeader) -> bool {
    response.status == StatusCode::SWITCHING_PROTOCOLS
}

fn is_handshake(request: &RequestHeader) -> bool {
    let once = |name: HeaderName| {
        let mut values = request.headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    };
    let key = once(header::SEC_WEBSOCKET_KEY).and_then(|key| STANDARD.decode(key).ok());
    let version = once(header::SEC_WEBSOCKET_VERSION);
    let has_body = request.headers.contains_key(header::TRANSFER_ENCODING)
        || once(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    request.version == Version::HTTP_11
        && request.method == Method::GET
        && is_websocket(once(header::UPGRADE))
        && outgoing::nominated(&request.headers)
            .iter()
            .any(|option| option == "upgrade")
        && key.is_some_and(|key| key.len() == 16)
        && version.is_some_and(|version| version == "13")
        && !has_body
}

fn is_websocket(upgrade: Option<&HeaderValue>) -> bool {
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
    ];

    fn handshake(method: &str, fields: &[(&'static str, &str)]) -> bool {
        let mut request = RequestHeader::build(method, b"/", None).unwrap();
        for (name, value) in fields {
            request.append_header(*name, *value).unwrap();
        }
        is_handshake(&request)
    }

    #[test]
    fn only_a_complete_handshake_asks_for_a_tunnel() {
        assert!(handshake("GET", &GOOD));
        assert!(!handshake("POST", &GOOD));
        for missing in 0..GOOD.len() {
            let mut fields = GOOD.to_vec();
            let (name, _) = fields.remove(missing);
            assert!(!handshake("GET", &fields), "without {name}");
        }
        for wrong in [
            ("upgrade", "websocket"),
            ("upgrade", "h2c"),
            ("sec-websocket-version", "8"),
            ("sec-websocket-key", "c2hvcnQ="),
            ("content-length", "5"),
            ("transfer-encoding", "chunked"),
        ] {
            assert!(
                !handshake("GET", &[GOOD.as_slice(), &[wrong]].concat()),
                "{wrong:?}"
            );
        }
    }
}
