//! Which API versions have series of their own: the first that are called, until all places are taken.
//!
//! Who has a place keeps it for as long as the revisions name it, so that no series goes back; everyone else is
//! counted under `_other`, which is no name an API can have.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use wall::Wall;
use wall::audience::Ring;
use wall::fate::Matched;

use super::tally::{API_SERIES, ApiTally, RING_SERIES};

/// Series that are there whatever the estate holds: of rings, their two common rows, gateway and process, services
/// that lack something.
const FIXED_SERIES: usize = RINGS * (RING_SERIES + 2 * API_SERIES) + 64 + 2 * MOST_LACKING;
/// Services that are told to lack something, for two reasons each at most.
pub const MOST_LACKING: usize = 50;
pub const RINGS: usize = Ring::ALL.len();

type Key = (Ring, Arc<str>, Arc<str>);

/// One API version on one ring.
#[derive(Debug)]
pub struct Slot {
    pub ring: Ring,
    pub api: Arc<str>,
    pub version: Arc<str>,
    tally: OnceLock<Option<ApiTally>>,
}

/// Places for series of their own.
#[derive(Debug, Default)]
pub struct Places {
    taken: AtomicUsize,
    most: AtomicUsize,
}

/// Every API version of the revision in force; found by the address of its name, which the wall keeps once for
/// each ring and version.
#[derive(Debug, Default)]
pub struct Roster {
    by_address: HashMap<usize, Arc<Slot>, ahash::RandomState>,
    by_name: HashMap<Key, Arc<Slot>>,
}

impl Places {
    /// So many that all series together are `most_series` at most. Who has a place keeps it.
    pub fn allow(&self, most_series: usize) {
        let most = most_series.saturating_sub(FIXED_SERIES) / API_SERIES;
        self.most.store(most, Relaxed);
    }

    fn take(&self) -> bool {
        let most = self.most.load(Relaxed);
        let more = |taken| (taken < most).then_some(taken + 1);
        self.taken.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    fn give_back(&self) {
        self.taken.fetch_sub(1, Relaxed);
    }
}

impl Slot {
    /// Its own tally; the first call takes a place for it. `None`: there was none left.
    pub fn tally(&self, places: &Places) -> Option<&ApiTally> {
        let claim = || places.take().then(ApiTally::default);
        self.tally.get_or_init(claim).as_ref()
    }

    /// What was counted so far.
    pub fn counted(&self) -> Option<&ApiTally> {
        self.tally.get()?.as_ref()
    }
}

impl Roster {
    /// Of this revision. What `before` counted goes on; what is gone gives its place back.
    pub fn of(wall: &Wall, before: &Roster, places: &Places) -> Roster {
        let mut roster = Roster::default();
        for (ring, api, version) in wall.served() {
            let key = (ring, Arc::clone(api), Arc::clone(version));
            let slot = roster.by_name.entry(key).or_insert_with_key(|key| {
                let known = before.by_name.get(key);
                known.map_or_else(|| Arc::new(Slot::new(key)), Arc::clone)
            });
            roster.by_address.insert(address_of(api), Arc::clone(slot));
        }
        let gone = |(key, _): &(&Key, &Arc<Slot>)| !roster.by_name.contains_key(*key);
        let left = before.by_name.iter().filter(gone);
        left.filter(|(_, slot)| slot.counted().is_some())
            .for_each(|_| places.give_back());
        roster
    }

    /// A call that began with the revision before is found by its names.
    pub fn find(&self, ring: Ring, matched: Matched<&Arc<str>>) -> Option<&Slot> {
        let slot = self.by_address.get(&address_of(matched.api));
        let by_name = || {
            let key = (ring, Arc::clone(matched.api), Arc::clone(matched.version));
            self.by_name.get(&key)
        };
        slot.filter(|slot| slot.is(ring, matched))
            .or_else(by_name)
            .map(Arc::as_ref)
    }

    /// Those with series of their own.
    pub fn counted(&self) -> impl Iterator<Item = (&Slot, &ApiTally)> {
        let slots = self.by_name.values();
        slots.filter_map(|slot| Some((&**slot, slot.counted()?)))
    }
}

impl Slot {
    fn new((ring, api, version): &Key) -> Slot {
        Slot {
            ring: *ring,
            api: Arc::clone(api),
            version: Arc::clone(version),
            tally: OnceLock::new(),
        }
    }

    fn is(&self, ring: Ring, matched: Matched<&Arc<str>>) -> bool {
        self.ring == ring && self.api == *matched.api && self.version == *matched.version
    }
}

fn address_of(name: &Arc<str>) -> usize {
    name.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(name: usize) -> Slot {
        let name: Arc<str> = format!("api-{name}").into();
        Slot::new(&(Ring::Public, name, "v1".into()))
    }

    #[test]
    fn places_are_for_the_first_and_are_kept() {
        let places = Places::default();
        places.allow(FIXED_SERIES + 3 * API_SERIES);
        let slots: Vec<_> = (0..125_205).map(slot).collect();
        let served = |_| {
            let own = slots.iter().filter(|slot| slot.tally(&places).is_some());
            own.count()
        };
        assert_eq!([0, 1].map(served), [3, 3]);
        assert!(slots[0].counted().is_some() && slots[3].counted().is_none());
    }

    #[test]
    fn without_room_for_any_everything_is_other() {
        let places = Places::default();
        places.allow(1);
        assert!(slot(0).tally(&places).is_none());
    }
}
