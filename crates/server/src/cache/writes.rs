//! Requests that may have changed something (RFC 9111 §4.4): whatever was asked for before them is not given again,
//! to nobody, on no ring, in none of its variants.
//!
//! What changed is a place in a table of fixed size. Two resources may share a place; then one is fetched once more
//! than it must be.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use ahash::RandomState;

const PLACES: usize = 8192;

pub struct Writes {
    begun: Instant,
    /// Nanoseconds after `begun`, by place.
    last_ns: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// Where a response belongs, and when its request began.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    place: usize,
    at_ns: u64,
}

impl Writes {
    pub fn new() -> Writes {
        Writes {
            begun: Instant::now(),
            last_ns: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    pub fn asked(&self, resource: (&[u8], &str), at: Instant) -> Asked {
        Asked {
            place: self.place(resource),
            at_ns: self.nanoseconds(at),
        }
    }

    pub fn note(&self, resource: (&[u8], &str)) {
        let now = self.nanoseconds(Instant::now());
        self.last_ns[self.place(resource)].fetch_max(now, Relaxed);
    }

    /// Whether nothing was written since it was asked for.
    pub fn spare(&self, asked: &Asked) -> bool {
        asked.at_ns > self.last_ns[asked.place].load(Relaxed)
    }

    fn place(&self, resource: (&[u8], &str)) -> usize {
        self.hasher.hash_one(resource) as usize % PLACES
    }

    /// Never zero, which is "never".
    fn nanoseconds(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.begun);
        u64::try_from(since.as_nanos()).map_or(u64::MAX, |ns| ns.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_was_asked_for_before_a_write_is_not_given_after_it() {
        let writes = Writes::new();
        let resource = (&b"orders"[..], "/orders/1");
        let before = writes.asked(resource, Instant::now());
        assert!(writes.spare(&before));
        writes.note(resource);
        assert!(!writes.spare(&before), "answered before or after the write");
        assert!(writes.spare(&writes.asked(resource, Instant::now() + Duration::from_millis(1))));
    }
}
