//! What the gateway keeps of one call, from its first byte to its line in the log.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Method;
use pingora::http::RequestHeader;
use wall::fate::{Caller, Matched};
use wall::manifest::AddressLogging;
use wall::problem::Telling;
use wall::record::{AccessRecord, Durations, logged_address};
use wall::trace_context::TraceContext;
use wall::{Answer, Forward, Wall};

use super::bodies;
use super::caching::Caching;
use super::recorded::Recorded;
use super::requests::{Passing, Reading};
use super::silence::Watched;
use super::tracing;
use super::tunnel::Tunnel;
use crate::clock::now_unix_ns;
use crate::metrics::{Observed, UnderWay};
use crate::request_id::{self, RequestId};
use crate::standing::Place;
use crate::upstream::Attempts;
use wall::audience::Ring;
use wall::bodies::Withheld;
use wall::bounds::Bounds;
use wall::validation::Unfit;

/// Per request; Pingora calls it `CTX`.
pub struct Call {
    pub ring: Ring,
    pub arrived: Instant,
    pub arrived_unix_ns: u64,
    pub request_id: RequestId,
    /// Set once its head was read.
    pub trace: Option<TraceContext>,
    pub client_address: Option<IpAddr>,
    /// `None` when no request could be read.
    pub method: Option<Method>,
    /// The revision this call is judged and answered by, whatever is loaded meanwhile.
    pub wall: Option<Arc<Wall>>,
    pub fate: Settled,
    pub wall_us: u64,
    pub upstream_since: Option<Instant>,
    /// Times the request was sent, or was to be.
    pub tries: u8,
    /// Where the upstream is not plain.
    pub attempts: Option<Box<Attempts>>,
    pub request_bytes: u64,
    /// Asked for by the client, and allowed.
    pub tunnel: Option<Box<Tunnel>>,
    /// Once it takes long.
    pub place: Option<Place>,
    /// Where responses are kept.
    pub caching: Option<Box<Caching>>,
    /// What is done with the body of its response.
    pub body_under_way: bodies::UnderWay,
    /// Beside that, or in its place, a module of Pingora's reads it as it passes.
    pub is_read_as_it_passes: bool,
    /// What of it did not leave, or would not.
    pub withheld: Withheld,
    /// What of its request does not fit the contract.
    pub unfit: Unfit,
    /// While metrics are on.
    pub under_way: Option<UnderWay>,
    /// Of HTTP/2 while it is under way: Pingora does not watch it.
    pub body: Option<Box<Watched>>,
    /// Its body is messages, which come when there is something to say: no pace is asked of them.
    pub has_messages: bool,
    /// Of a body that is judged as a whole.
    pub reading: Option<Box<Reading>>,
    /// Of a body that is judged and passes all the same.
    pub passing: Option<Box<Passing>>,
    /// Where its write is on record.
    pub recorded: Option<Box<Recorded>>,
}

/// What was decided so far.
pub enum Settled {
    Nothing,
    Forward(Box<Forward>),
    /// Answered by the gateway; the body was sent and is not kept.
    Answered(Box<Refused>),
}

/// What the log needs of an answer of the gateway's own.
pub struct Refused {
    pub code: Option<&'static str>,
    pub reason: String,
    pub caller: Option<Arc<Caller>>,
    pub matched: Option<Matched>,
    pub version_state: Option<&'static str>,
}

/// What a line says of how it went.
#[derive(Default)]
struct Outcome<'c> {
    caller: Option<&'c Caller>,
    matched: Option<Matched<&'c Arc<str>>>,
    code: Option<&'static str>,
    reason: Option<&'c str>,
    version_state: Option<&'static str>,
}

impl Call {
    pub fn new(ring: Ring) -> Call {
        let arrived_unix_ns = now_unix_ns();
        Call {
            ring,
            arrived: Instant::now(),
            arrived_unix_ns,
            request_id: request_id::generate(arrived_unix_ns),
            trace: None,
            client_address: None,
            method: None,
            wall: None,
            fate: Settled::Nothing,
            wall_us: 0,
            upstream_since: None,
            tries: 0,
            attempts: None,
            request_bytes: 0,
            tunnel: None,
            place: None,
            caching: None,
            body_under_way: bodies::UnderWay::Nothing,
            is_read_as_it_passes: false,
            withheld: Withheld::default(),
            unfit: Unfit::default(),
            under_way: None,
            body: None,
            has_messages: false,
            reading: None,
            passing: None,
            recorded: None,
        }
    }

    pub fn forward(&self) -> Option<&Forward> {
        match &self.fate {
            Settled::Forward(forward) => Some(forward),
            _ => None,
        }
    }

    /// Remembers an answer for the log. Who called and what was matched is kept from before where the answer
    /// does not know it (an upstream that failed).
    pub fn answered(&mut self, answer: &mut Answer) {
        let (caller, matched, version_state) = match &self.fate {
            Settled::Forward(forward) => (
                Some(Arc::clone(&forward.caller)),
                Some(forward.matched().cloned()),
                forward.version_state,
            ),
            _ => (None, None, None),
        };
        self.unfit.extend(std::mem::take(&mut answer.unfit));
        self.fate = Settled::Answered(Box::new(Refused {
            code: answer.code,
            reason: std::mem::take(&mut answer.internal_reason),
            caller: answer.caller.take().or(caller),
            matched: answer.matched.take().or(matched),
            version_state: answer.version_state.or(version_state),
        }));
    }

    /// Why it may not go on, if it may not.
    pub fn withdrawn(&self) -> Option<&str> {
        self.place.as_ref()?.withdrawn()
    }

    /// How this ring tells of errors; nothing is known without a revision, so nothing is said.
    pub fn telling(&self) -> Telling<'_> {
        self.ring_manifest()
            .map_or(Telling::UNKNOWN, |ring| Telling {
                detail: ring.errors,
                documentation: ring.documentation.as_deref(),
            })
    }

    /// Whether the client lets its body wait.
    pub fn is_too_slow(&self) -> bool {
        !self.has_messages
            && self.ring_manifest().is_some_and(|ring| {
                ring.bounds
                    .is_too_slow(self.request_bytes, self.arrived.elapsed())
            })
    }

    /// How long the client may be silent.
    pub fn silence(&self) -> Duration {
        self.ring_manifest()
            .map_or_else(Bounds::default, |ring| ring.bounds)
            .silence()
    }

    fn ring_manifest(&self) -> Option<&wall::manifest::RingManifest> {
        self.wall.as_ref()?.manifest().rings.get(&self.ring)
    }

    /// The line for the access log. `request`: as the client sent it, if one could be read. `path`: normalised,
    /// without query, if the target could be normalised.
    pub fn write_line(
        &self,
        request: Option<&RequestHeader>,
        path: Option<&str>,
        status: u16,
        response_bytes: u64,
        line: &mut Vec<u8>,
    ) {
        let outcome = self.outcome();
        let policy = self
            .ring_manifest()
            .map_or(AddressLogging::None, |ring| ring.log_client_address);
        AccessRecord {
            time_unix_ns: self.arrived_unix_ns,
            revision: self
                .wall
                .as_ref()
                .map_or(0, |wall| wall.manifest().revision),
            ring: self.ring,
            method: self.method.as_ref().map_or("", Method::as_str),
            path,
            matched: outcome.matched,
            caller: outcome.caller,
            status,
            code: outcome.code,
            internal_reason: outcome.reason,
            version_state: outcome.version_state,
            cache: self
                .caching
                .as_ref()
                .map(|caching| caching.outcome.as_str()),
            withheld: &self.withheld,
            unfit: &self.unfit,
            request_bytes: self.request_bytes,
            response_bytes,
            duration: self.durations(),
            request_id: self.request_id.as_str(),
            trace: tracing::record(self, request),
            client_address: self
                .client_address
                .and_then(|address| logged_address(address, policy)),
        }
        .write_line(line);
    }

    /// What metrics count of it, at its end.
    pub fn observed(&self, status: u16) -> Observed<'_> {
        let (outcome, durations) = (self.outcome(), self.durations());
        Observed {
            matched: outcome.matched,
            code: outcome.code,
            status,
            total_us: durations.total_us,
            upstream_us: durations.upstream_us,
            cache: self.caching.as_ref().map(|caching| caching.outcome),
        }
    }

    fn outcome(&self) -> Outcome<'_> {
        match &self.fate {
            Settled::Nothing => Outcome::default(),
            Settled::Forward(forward) => Outcome {
                caller: Some(&forward.caller),
                matched: Some(forward.matched()),
                version_state: forward.version_state,
                reason: self
                    .withdrawn()
                    .or_else(|| self.tunnel.as_ref().and_then(|tunnel| tunnel.ended)),
                ..Outcome::default()
            },
            Settled::Answered(refused) => Outcome {
                caller: refused.caller.as_deref(),
                matched: refused.matched.as_ref().map(Matched::by_ref),
                code: refused.code,
                version_state: refused.version_state,
                reason: (!refused.reason.is_empty()).then_some(&refused.reason),
            },
        }
    }

    fn durations(&self) -> Durations {
        let now = Instant::now();
        let micros = |since: Instant| {
            u64::try_from(now.saturating_duration_since(since).as_micros()).unwrap_or(u64::MAX)
        };
        Durations {
            wall_us: self.wall_us,
            upstream_us: self.upstream_since.map(micros),
            total_us: micros(self.arrived),
        }
    }
}

/// Pingora drops a call unrecorded where its stream is ended from outside.
impl Drop for Call {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            body.dropped(self);
        }
    }
}
