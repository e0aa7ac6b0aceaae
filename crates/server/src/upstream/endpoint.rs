//! One address of a service, and what is known of it: what checks found, what requests met, how many are there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use wall::bundle::Outliers;

use super::lacking::Why;

/// The longest an endpoint is left out: this many times `eject_ms`.
const MAX_EJECTION_FACTOR: u32 = 10;

/// Outlives revisions while its address and its health check stay the same.
pub struct Endpoint {
    pub address: SocketAddr,
    sick: AtomicBool,
    /// Checks in a row that said otherwise than `sick`.
    contrary: AtomicU32,
    /// Requests in a row that failed.
    failures: AtomicU32,
    /// Since when it failed again and again, without a success between.
    ejections: AtomicU32,
    out_until_ms: AtomicU64,
    under_way: AtomicU32,
}

/// A request under way at an endpoint; ends when dropped.
pub struct Busy(Arc<Endpoint>);

impl Endpoint {
    pub fn new(address: SocketAddr) -> Endpoint {
        Endpoint {
            address,
            sick: AtomicBool::new(false),
            contrary: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            ejections: AtomicU32::new(0),
            out_until_ms: AtomicU64::new(0),
            under_way: AtomicU32::new(0),
        }
    }

    /// `now_ms`: of the clock given to `failed`.
    pub fn is_usable(&self, now_ms: u64) -> bool {
        self.left_out(now_ms).is_none()
    }

    /// Why it is not called, if it is not.
    pub fn left_out(&self, now_ms: u64) -> Option<Why> {
        match (self.sick.load(Relaxed), self.is_out(now_ms)) {
            (true, _) => Some(Why::Unhealthy),
            (false, true) => Some(Why::Ejected),
            (false, false) => None,
        }
    }

    pub fn is_out(&self, now_ms: u64) -> bool {
        now_ms < self.out_until_ms.load(Relaxed)
    }

    pub fn under_way(&self) -> u32 {
        self.under_way.load(Relaxed)
    }

    pub fn enter(self: &Arc<Endpoint>) -> Busy {
        self.under_way.fetch_add(1, Relaxed);
        Busy(Arc::clone(self))
    }

    /// What a health check found. `threshold`: so many in a row turn the state. Some(state) when it turned.
    pub fn checked(&self, healthy: bool, threshold: u32) -> Option<bool> {
        if healthy != self.sick.load(Relaxed) {
            self.contrary.store(0, Relaxed);
            return None;
        }
        if self.contrary.fetch_add(1, Relaxed) + 1 < threshold {
            return None;
        }
        self.contrary.store(0, Relaxed);
        self.sick.store(!healthy, Relaxed);
        Some(healthy)
    }

    pub fn succeeded(&self) {
        if self.failures.load(Relaxed) > 0 || self.ejections.load(Relaxed) > 0 {
            self.failures.store(0, Relaxed);
            self.ejections.store(0, Relaxed);
        }
    }

    /// True when it failed so often in a row that it is to be left out.
    pub fn failed(&self, rule: &Outliers) -> bool {
        self.failures.fetch_add(1, Relaxed) + 1 >= rule.errors
    }

    /// Left out from now on, twice as long as the last time; for how long.
    pub fn eject(&self, rule: &Outliers, now_ms: u64) -> Duration {
        self.failures.store(0, Relaxed);
        let times = self.ejections.fetch_add(1, Relaxed).min(16);
        let factor = 2_u32.pow(times).min(MAX_EJECTION_FACTOR);
        let out_ms = rule.eject_ms.saturating_mul(u64::from(factor));
        self.out_until_ms
            .store(now_ms.saturating_add(out_ms), Relaxed);
        Duration::from_millis(out_ms)
    }
}

impl Busy {
    pub fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint::new("10.0.0.1:80".parse().unwrap())
    }

    #[test]
    fn health_turns_after_so_many_checks_in_a_row() {
        let one = endpoint();
        assert_eq!(one.checked(false, 2), None);
        assert_eq!(one.checked(true, 1), None);
        assert_eq!(one.checked(false, 2), None);
        assert!(one.is_usable(0));
        assert_eq!(one.checked(false, 2), Some(false));
        assert!(!one.is_usable(0));
        assert_eq!(one.checked(true, 1), Some(true));
        assert!(one.is_usable(0));
    }

    #[test]
    fn ejections_last_twice_as_long_each_time_until_a_success() {
        let rule = Outliers {
            errors: 2,
            eject_ms: 100,
            max_percent: 50,
        };
        let one = endpoint();
        assert!(!one.failed(&rule) && one.failed(&rule));
        assert_eq!(one.eject(&rule, 1000), Duration::from_millis(100));
        assert!(!one.is_usable(1099) && one.is_usable(1100));
        assert_eq!(one.eject(&rule, 2000), Duration::from_millis(200));
        for _ in 0..40 {
            assert!(one.eject(&rule, 0) <= Duration::from_millis(1000));
        }
        one.succeeded();
        assert_eq!(one.eject(&rule, 0), Duration::from_millis(100));
    }
}
