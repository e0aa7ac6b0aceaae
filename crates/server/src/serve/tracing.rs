//! A call's place in its trace: decided by the wall, told to the service, noted in the log.

use http::Version;
use pingora::Result;
use pingora::http::RequestHeader;
use wall::record::{SpanRecord, TraceRecord};
use wall::trace_context::{TRACEPARENT, TRACESTATE, TraceContext};

use super::call::Call;
use super::client;
use crate::random::random;

/// `None`: the call belongs to no trace.
pub fn begin(request: &RequestHeader, call: &Call) -> Option<TraceContext> {
    let ring = call.wall.as_ref()?.ring(call.ring)?;
    ring.tracing().begin(&request.headers, random)
}

/// Says to the service what the gateway says of the trace. The client's own `traceparent` and `tracestate` are not in
/// `request` any more, nor is anything else that chooses a trace, where clients are not believed it.
pub fn introduce(request: &mut RequestHeader, call: &Call) -> Result<()> {
    if let Some(trace) = &call.trace {
        request.insert_header(&TRACEPARENT, trace.traceparent())?;
        if let Some(state) = trace.tracestate() {
            request.insert_header(&TRACESTATE, state.clone())?;
        }
    }
    Ok(())
}

/// Whether clients of the ring are believed what they say of traces.
pub fn accepts(call: &Call) -> bool {
    let ring = call.wall.as_ref().and_then(|wall| wall.ring(call.ring));
    ring.is_some_and(|ring| ring.tracing().accepts())
}

/// For the call's line. `request`: as the client sent it.
pub fn record<'a>(call: &'a Call, request: Option<&'a RequestHeader>) -> Option<TraceRecord<'a>> {
    let trace = call.trace.as_ref()?;
    Some(TraceRecord {
        trace_id: trace.trace_id(),
        span_id: trace.span_id(call.upstream_since.is_some()),
        span: trace.is_recorded().then(|| SpanRecord {
            parent_id: trace.caller_span_id(),
            host: request
                .and_then(client::host)
                .and_then(|host| std::str::from_utf8(host).ok()),
            protocol: request.map_or("", |request| protocol(request.version)),
            tries: call.tries,
        }),
    })
}

/// As OpenTelemetry names them (`network.protocol.version`).
fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}
