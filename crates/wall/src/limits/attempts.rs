//! How often a client address brought wrong credentials, in memory that no number of addresses can grow.
//!
//! Two rows of GCRA clocks, each address in one place of both (a count-min sketch): an address waits when both
//! its clocks run ahead, so it waits for somebody else only if it shares both places with those who guess.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::NANOS_PER_SECOND;
use crate::audience::Ring;
use crate::bounds::client_block;

/// Half a MiB for both rows.
const PLACES: usize = 32 * 1024;
/// How far a clock may run ahead: the failures of a minute may come at once.
const WINDOW_NS: u64 = 60 * NANOS_PER_SECOND;

pub struct Attempts {
    rows: [Row; 2],
    /// The furthest of all clocks: while it is not ahead, nobody waits, and nothing is looked up.
    furthest_ns: AtomicU64,
}

struct Row {
    hasher: ahash::RandomState,
    clocks: Box<[AtomicU64]>,
}

impl Default for Attempts {
    fn default() -> Attempts {
        let row = || Row {
            hasher: ahash::RandomState::new(),
            clocks: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
        };
        Attempts {
            rows: [row(), row()],
            furthest_ns: AtomicU64::new(0),
        }
    }
}

impl Attempts {
    /// Nanoseconds until this address may try again; `None`: now.
    pub fn wait_ns(
        &self,
        ring: Ring,
        address: IpAddr,
        per_minute: u32,
        now_ns: u64,
    ) -> Option<u64> {
        if self.furthest_ns.load(Ordering::Relaxed) <= now_ns + WINDOW_NS {
            return None;
        }
        let clocks = self.clocks(ring, address);
        let nearest = clocks
            .map(|clock| clock.load(Ordering::Relaxed))
            .into_iter()
            .min()?;
        nearest
            .checked_sub(now_ns + WINDOW_NS)
            // A clock further ahead than any failure sets it: the system's time was turned back.
            .filter(|wait| (1..=interval_ns(per_minute)).contains(wait))
    }

    /// Notes a failure.
    pub fn failed(&self, ring: Ring, address: IpAddr, per_minute: u32, now_ns: u64) {
        let interval = interval_ns(per_minute);
        let latest = now_ns + WINDOW_NS + interval;
        let ahead = |clock: u64| match clock {
            // Set before the system's time was turned back.
            clock if clock > latest => now_ns + interval,
            clock => clock.clamp(now_ns, now_ns + WINDOW_NS) + interval,
        };
        for clock in self.clocks(ring, address) {
            let before = clock.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |clock| {
                Some(ahead(clock))
            });
            let now = ahead(before.unwrap_or(0));
            self.furthest_ns.fetch_max(now, Ordering::Relaxed);
        }
    }

    fn clocks(&self, ring: Ring, address: IpAddr) -> [&AtomicU64; 2] {
        let client = (ring, client_block(address));
        self.rows
            .each_ref()
            .map(|row| &row.clocks[row.hasher.hash_one(client) as usize % PLACES])
    }
}

fn interval_ns(per_minute: u32) -> u64 {
    WINDOW_NS / u64::from(per_minute.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000 * NANOS_PER_SECOND;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn guessed(attempts: &Attempts, client: &str, times: u32) {
        for _ in 0..times {
            attempts.failed(Ring::Public, address(client), 60, NOW);
        }
    }

    #[test]
    fn a_minutes_failures_may_come_at_once_and_no_more() {
        let attempts = Attempts::default();
        let wait = |now| attempts.wait_ns(Ring::Public, address("192.0.2.1"), 60, now);
        guessed(&attempts, "192.0.2.1", 60);
        assert_eq!(wait(NOW), None);
        guessed(&attempts, "192.0.2.1", 1);
        assert_eq!(wait(NOW), Some(NANOS_PER_SECOND));
        assert_eq!(wait(NOW + NANOS_PER_SECOND), None);
    }

    #[test]
    fn others_and_other_rings_do_not_wait_with_whoever_guesses() {
        let attempts = Attempts::default();
        guessed(&attempts, "192.0.2.1", 100);
        assert!(
            attempts
                .wait_ns(Ring::Public, address("192.0.2.2"), 60, NOW)
                .is_none()
        );
        assert!(
            attempts
                .wait_ns(Ring::Partner, address("192.0.2.1"), 60, NOW)
                .is_none()
        );
    }

    #[test]
    fn another_address_of_the_same_ipv6_network_is_the_same_client() {
        let attempts = Attempts::default();
        for host in 0..61 {
            guessed(&attempts, &format!("2001:db8::{host:x}"), 1);
        }
        assert!(
            attempts
                .wait_ns(Ring::Public, address("2001:db8::ffff"), 60, NOW)
                .is_some()
        );
    }

    #[test]
    fn nobody_waits_longer_than_a_minute_when_time_is_turned_back() {
        let attempts = Attempts::default();
        guessed(&attempts, "192.0.2.1", 100);
        let earlier = NOW - 30 * NANOS_PER_SECOND;
        assert!(
            attempts
                .wait_ns(Ring::Public, address("192.0.2.1"), 60, earlier)
                .is_none()
        );
    }
}
