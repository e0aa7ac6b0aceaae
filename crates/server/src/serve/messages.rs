//! gRPC calls: what looks like a body are messages, and a client sends one when it has something to say.

use std::time::Duration;

use pingora::http::RequestHeader;
use pingora::proxy::Session;
use wall::bundle::Protocol;

use super::call::Call;

/// Of gRPC over HTTP/2 (`application/grpc`, `application/grpc+proto`, …).
const MEDIA_TYPE: &[u8] = b"application/grpc";

pub fn is_grpc(request: &RequestHeader) -> bool {
    let kind = request.headers.get(http::header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(MEDIA_TYPE))
}

/// A call of messages to a service that speaks gRPC may be as silent as the service: its manifest says how long.
pub fn begin(session: &Session, call: &mut Call) {
    let of_messages = call.reading.is_none() && is_grpc(session.req_header());
    let Some(forward) = call.forward().filter(|_| of_messages) else {
        return;
    };
    if forward.upstream.protocol == Protocol::Http2
        && let Some(body) = &call.body
    {
        body.bear(Duration::from_millis(forward.upstream.io_timeout_ms));
        call.has_messages = true;
    }
}
