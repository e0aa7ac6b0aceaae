//! An end to HTTP/2 bodies that stop coming.
//!
//! Pingora reads HTTP/2 bodies without a deadline, so the call is dropped from outside: its stream is reset, and its
//! line in the log says why ([`Watched`]). Once the upstream answers, both sides set the pace.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use http::request;
use pingora::http::RequestHeader;
use tokio::time::sleep;

use super::call::Call;
use super::gate::Gate;

/// No deadline any more.
const OVER: u64 = u64::MAX;
/// The deadline passed.
const RAN_OUT: u64 = u64::MAX - 1;

/// When the last piece of a body came. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyClock(Arc<Clock>);

#[derive(Debug)]
struct Clock {
    since: Instant,
    last_ms: AtomicU64,
    /// The longest silence.
    longest_ms: AtomicU64,
}

impl BodyClock {
    /// `longest`: the silence a client may keep, unless its call is found to be one that may keep a longer one.
    pub fn start(longest: Duration) -> BodyClock {
        BodyClock(Arc::new(Clock {
            since: Instant::now(),
            last_ms: AtomicU64::new(0),
            longest_ms: AtomicU64::new(milliseconds(longest)),
        }))
    }

    /// The request has it from now on, for the hooks that see its body.
    pub fn goes_with(&self, request: &mut RequestHeader) {
        let (nothing, ()) = http::Request::new(()).into_parts();
        let given = mem::replace(request, RequestHeader::from(nothing));
        let mut parts = request::Parts::from(given);
        parts.extensions.insert(self.clone());
        *request = RequestHeader::from(parts);
    }

    pub fn of(request: &RequestHeader) -> Option<&BodyClock> {
        request.extensions.get()
    }

    /// A piece came; `last`: nobody waits for another.
    pub fn came(&self, last: bool) {
        let now = if last { OVER } else { self.elapsed_ms() };
        // What is over stays so.
        let next = |before: u64| (before < RAN_OUT).then_some(now);
        let _ = self.0.last_ms.fetch_update(Relaxed, Relaxed, next);
    }

    /// Resolves when nothing came for too long.
    pub async fn runs_out(&self) {
        loop {
            let longest = Duration::from_millis(self.0.longest_ms.load(Relaxed));
            let last_ms = self.0.last_ms.load(Relaxed);
            if last_ms == OVER {
                return std::future::pending().await;
            }
            let silent = Duration::from_millis(self.elapsed_ms().saturating_sub(last_ms));
            if silent < longest {
                sleep(longest - silent).await;
            } else if self
                .0
                .last_ms
                .compare_exchange(last_ms, RAN_OUT, Relaxed, Relaxed)
                .is_ok()
            {
                return;
            }
        }
    }

    fn ran_out(&self) -> bool {
        self.0.last_ms.load(Relaxed) == RAN_OUT
    }

    fn elapsed_ms(&self) -> u64 {
        milliseconds(self.0.since.elapsed())
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(RAN_OUT - 1)
}

/// The body of a call, from its head to its end.
pub struct Watched {
    clock: BodyClock,
    gate: Gate,
}

impl Watched {
    pub fn new(clock: BodyClock, gate: &Gate) -> Box<Watched> {
        Box::new(Watched {
            clock,
            gate: gate.clone(),
        })
    }

    pub fn came(&self, last: bool) {
        self.clock.came(last);
    }

    /// From now on, so long a silence is no reason to end the call.
    pub fn bear(&self, silence: Duration) {
        let longest_ms = &self.clock.0.longest_ms;
        longest_ms.fetch_max(milliseconds(silence), Relaxed);
    }

    /// Says of a call that is dropped under way why it was.
    pub fn dropped(&self, call: &mut Call) {
        if self.clock.ran_out() {
            self.gate.record_silent_body(call);
        }
    }
}
