//! Trace context (W3C Trace Context, Level 2): whose trace a call belongs to, and what the service behind is told.
//!
//! A ring that *accepts* continues its callers' traces; one that *restarts* takes nobody's word: a trace begins
//! there. Only while `observability.traces` is on does the gateway stand in traces itself, with spans of its own;
//! else it begins none, and what is accepted passes on as it is (docs/decisions/0010).

mod parent;
mod state;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::manifest::{TraceTrust, Traces};
use parent::{Rendered, SAMPLED};

pub static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A trace's id and a span's.
pub const RANDOM_BYTES: usize = 24;

/// What a ring does about traces.
#[derive(Clone, Copy, Debug)]
pub struct Tracing {
    accepts: bool,
    sampling: Option<Sampling>,
}

/// Which traces that begin here are sampled: those whose random part is not below `threshold`. The same traces are
/// chosen wherever the same share is (OpenTelemetry, consistent probability sampling), with 56 random bits.
#[derive(Clone, Copy, Debug)]
struct Sampling {
    threshold: u64,
}

const RANDOM_BITS: u32 = 56;
const MILLION: u64 = 1_000_000;

/// What one call is in a trace.
pub struct TraceContext {
    rendered: Rendered,
    /// The caller's span, where its trace is continued by one of ours.
    caller: Option<[u8; 16]>,
    is_ours: bool,
    state: Option<HeaderValue>,
}

impl Tracing {
    pub fn new(trust: TraceTrust, traces: Option<&Traces>) -> Tracing {
        Tracing {
            accepts: trust == TraceTrust::Accept,
            sampling: traces.map(|traces| Sampling::of(traces.sample_per_million)),
        }
    }

    /// Whether callers are believed what trace they belong to.
    pub fn accepts(self) -> bool {
        self.accepts
    }

    /// `random` gives bytes nobody can guess; it is not asked where the gateway stands in no trace.
    pub fn begin(
        self,
        request: &HeaderMap,
        random: impl FnOnce() -> [u8; RANDOM_BYTES],
    ) -> Option<TraceContext> {
        let caller = self.accepts.then(|| parent::of(request)).flatten();
        let state = caller.as_ref().and_then(|_| state::of(request));
        let Some(sampling) = self.sampling else {
            return caller.map(|rendered| TraceContext {
                rendered,
                caller: None,
                is_ours: false,
                state,
            });
        };
        let random = random();
        let rendered = match &caller {
            Some(caller) => caller.continued(&random),
            None => Rendered::begun(&random, sampling.chooses(&random)),
        };
        Some(TraceContext {
            rendered,
            caller: caller.map(|caller| caller.span_id()),
            is_ours: true,
            state,
        })
    }
}

impl Sampling {
    fn of(per_million: u32) -> Sampling {
        let left_out = MILLION.saturating_sub(u64::from(per_million));
        let threshold = (u128::from(left_out) << RANDOM_BITS) / u128::from(MILLION);
        Sampling {
            threshold: threshold as u64,
        }
    }

    /// By the last seven bytes of the trace's id, the first sixteen of `random`.
    fn chooses(self, random: &[u8; RANDOM_BYTES]) -> bool {
        let mut last = [0; 8];
        last[1..].copy_from_slice(&random[9..16]);
        u64::from_be_bytes(last) >= self.threshold
    }
}

impl TraceContext {
    /// What the service behind is told, as field values.
    pub fn traceparent(&self) -> HeaderValue {
        HeaderValue::from_bytes(self.rendered.text()).expect("hex and hyphens")
    }

    pub fn tracestate(&self) -> Option<&HeaderValue> {
        self.state.as_ref()
    }

    pub fn trace_id(&self) -> &str {
        self.rendered.trace_id()
    }

    /// The span the service behind has as its parent; where the call was not forwarded, the call's own. `None`:
    /// the gateway has no span in this trace.
    ///
    /// One number names both: the call's own is even, that of the exchange with the service the odd one after it.
    pub fn span_id(&self, forwarded: bool) -> Option<[u8; 16]> {
        let mut id = self.is_ours.then(|| self.rendered.span_id())?;
        // The hexadecimal digit before an odd one is the character before it.
        id[15] -= u8::from(!forwarded);
        Some(id)
    }

    /// The caller's span in the trace that is continued.
    pub fn caller_span_id(&self) -> Option<&str> {
        self.caller.as_ref().map(|id| parent::text_of(id))
    }

    /// Whether the gateway's spans are to be recorded.
    pub fn is_recorded(&self) -> bool {
        self.is_ours && self.rendered.flags() & SAMPLED != 0
    }
}

#[cfg(test)]
mod tests;
