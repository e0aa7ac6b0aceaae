//! Bytes that responses under way may take before they are kept.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub struct Room {
    max: AtomicU64,
    taken: AtomicU64,
}

impl Room {
    pub fn new(max: u64) -> Room {
        Room {
            max: AtomicU64::new(max),
            taken: AtomicU64::new(0),
        }
    }

    pub fn bound(&self, max: u64) {
        self.max.store(max, Relaxed);
    }

    /// Whether there was room for so many more.
    pub fn take(&self, bytes: u64) -> bool {
        let max = self.max.load(Relaxed);
        let more = |taken: u64| taken.checked_add(bytes).filter(|taken| *taken <= max);
        self.taken.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    pub fn give_back(&self, bytes: u64) {
        self.taken.fetch_sub(bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let room = Room::new(10);
        assert!(room.take(6) && !room.take(5) && room.take(4) && !room.take(1));
        room.give_back(6);
        assert!(room.take(6));
        room.bound(5);
        assert!(!room.take(1));
    }
}
