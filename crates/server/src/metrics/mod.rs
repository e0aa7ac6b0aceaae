//! Metrics of the gateway for Prometheus; off unless the manifest says where they are asked for.
//!
//! A call costs a look whether they are on, a look-up by address and some ten relaxed atomics. Their number has a
//! bound, whatever the estate holds and whoever calls: `roster`. Names and meaning: docs/observability.md.

mod exposition;
mod listener;
mod process;
mod roster;
mod tally;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use arc_swap::{ArcSwap, ArcSwapOption};
use wall::Wall;
use wall::audience::Ring;
use wall::fate::Matched;
use wall::manifest::Metrics as Wanted;

use crate::cache::Responses;
use crate::drain::InFlight;
use crate::journal::Journal;
use crate::load::Refused;
use crate::log::access::AccessLog;
use crate::serve::Outcome;
use crate::sharing::Figures;
use crate::upstream::Lacking;
use listener::Listener;
use roster::{Places, RINGS, Roster};
pub use tally::Histogram;
use tally::{ApiTally, RingTally};

/// What a finished call came to.
pub struct Observed<'c> {
    pub matched: Option<Matched<&'c Arc<str>>>,
    pub code: Option<&'static str>,
    pub status: u16,
    pub total_us: u64,
    pub upstream_us: Option<u64>,
    /// Where responses are kept.
    pub cache: Option<Outcome>,
}

/// One for the life of the process: turning metrics off and on again loses nothing.
pub struct Metrics {
    /// `None`: off.
    roster: ArcSwapOption<Roster>,
    places: Places,
    rings: [RingCounts; RINGS],
    revision: AtomicU64,
    refusals: AtomicU64,
    /// Revision and code last refused, so that trying it again counts once.
    refused: Mutex<Option<(u64, &'static str)>>,
    lacking: ArcSwap<Lacking>,
    listener: Mutex<Option<Listener>>,
    log: AccessLog,
    connections: InFlight,
    responses: &'static Responses,
    sharing: Arc<Figures>,
    journal: Journal,
}

#[derive(Default)]
struct RingCounts {
    tally: RingTally,
    /// Calls that met no API, and those whose API has no series of its own.
    none: ApiTally,
    other: ApiTally,
}

/// A call under way.
pub struct UnderWay(Arc<Metrics>, Ring);

impl Metrics {
    pub fn new(
        log: AccessLog,
        connections: InFlight,
        responses: &'static Responses,
        sharing: Arc<Figures>,
        journal: Journal,
    ) -> Arc<Metrics> {
        Arc::new(Metrics {
            roster: ArcSwapOption::empty(),
            places: Places::default(),
            rings: Default::default(),
            revision: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            refused: Mutex::default(),
            lacking: ArcSwap::default(),
            listener: Mutex::default(),
            log,
            connections,
            responses,
            sharing,
            journal,
        })
    }

    /// A call begins; `None` while metrics are off.
    pub fn begin(self: &Arc<Self>, ring: Ring) -> Option<UnderWay> {
        self.roster.load().as_ref()?;
        self.ring(ring).tally.in_flight.fetch_add(1, Relaxed);
        Some(UnderWay(Arc::clone(self), ring))
    }

    /// A call ended; `observe` tells of it, and is asked while metrics are on.
    pub fn record<'c>(&self, ring: Ring, observe: impl FnOnce() -> Observed<'c>) {
        let roster = self.roster.load();
        let Some(roster) = roster.as_ref() else {
            return;
        };
        let (observed, counts) = (observe(), self.ring(ring));
        let slot = observed.matched.map(|matched| roster.find(ring, matched));
        let tally = match slot {
            None => &counts.none,
            Some(slot) => slot
                .and_then(|slot| slot.tally(&self.places))
                .unwrap_or(&counts.other),
        };
        tally.add(observed.status, observed.total_us);
        if let Some(us) = observed.upstream_us {
            counts.tally.upstream.observe(us);
        }
        if let Some(outcome) = observed.cache {
            counts.tally.add_cached(outcome);
        }
        if let Some(code) = observed.code {
            counts.tally.add_error(code);
        }
    }

    /// What is in force, and what was refused, after either changed.
    pub fn follow(self: &Arc<Self>, wall: Option<&Wall>, refused: Option<&Refused>) {
        self.count_refusal(refused);
        let Some(wall) = wall else { return };
        self.revision.store(wall.revision(), Relaxed);
        let wanted = wall.manifest().observability.metrics.as_ref();
        self.listen(wanted);
        let Some(wanted) = wanted else {
            return self.roster.store(None);
        };
        self.places.allow(wanted.max_series);
        let before = self.roster.load_full().unwrap_or_default();
        let roster = Roster::of(wall, &before, &self.places);
        self.roster.store(Some(Arc::new(roster)));
    }

    /// What services lack now.
    pub fn lack(&self, lacking: &Lacking) {
        if **self.lacking.load() != *lacking {
            self.lacking.store(Arc::new(lacking.clone()));
        }
    }

    fn count_refusal(&self, refused: Option<&Refused>) {
        let now = refused.map(|refused| (refused.revision, refused.refusal.code));
        let mut before = locked(&self.refused);
        if now.is_some() && now != *before {
            self.refusals.fetch_add(1, Relaxed);
        }
        *before = now;
    }

    fn listen(self: &Arc<Self>, wanted: Option<&Wanted>) {
        let mut listener = locked(&self.listener);
        let address = wanted.map(|wanted| wanted.listen.as_str());
        if listener.as_ref().map(|there| there.address.as_str()) != address {
            let metrics = Arc::clone(self);
            *listener =
                address.map(|address| Listener::start(address, move || exposition::text(&metrics)));
        }
    }

    fn ring(&self, ring: Ring) -> &RingCounts {
        &self.rings[ring as usize]
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ring(self.1).tally.in_flight.fetch_sub(1, Relaxed);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("nothing panics while it holds this lock")
}
