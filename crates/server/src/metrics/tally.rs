//! What is counted: relaxed atomics in memory that is there before the call.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use wall::problem::Code;

use crate::serve::Outcome;

/// Upper ends of the histograms' buckets, seconds; one more takes what is longer.
pub const BOUNDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];
pub const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// Samples one API version makes: its classes; its buckets with the last, sum and count.
pub const API_SERIES: usize = CLASSES.len() + HISTOGRAM_SERIES;
/// Samples a ring makes beside its APIs.
pub const RING_SERIES: usize = Code::ALL.len() + HISTOGRAM_SERIES + Outcome::ALL.len() + 1;
const HISTOGRAM_SERIES: usize = BOUNDS.len() + 3;

#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_us: AtomicU64,
}

/// Of one API version on one ring, or of all that have none of their own.
#[derive(Debug, Default)]
pub struct ApiTally {
    classes: [AtomicU64; CLASSES.len()],
    pub duration: Histogram,
}

/// Of one ring.
#[derive(Debug)]
pub struct RingTally {
    pub in_flight: AtomicI64,
    /// By code, in the order of [`Code::ALL`].
    errors: [AtomicU64; Code::ALL.len()],
    pub upstream: Histogram,
    /// In the order of [`Outcome::ALL`].
    cached: [AtomicU64; Outcome::ALL.len()],
}

impl Histogram {
    pub fn observe(&self, us: u64) {
        let seconds = Duration::from_micros(us).as_secs_f64();
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        self.buckets[bucket].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// Sum in seconds, number, and how many are in each bucket.
    pub fn read(&self) -> (f64, u64, Vec<(f64, u64)>) {
        let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds
            .zip(self.buckets.iter().map(|count| count.load(Relaxed)))
            .collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_micros(self.sum_us.load(Relaxed));
        (sum.as_secs_f64(), count, buckets)
    }
}

impl ApiTally {
    pub fn add(&self, status: u16, us: u64) {
        let class = usize::from(status / 100).clamp(2, 5) - 2;
        self.classes[class].fetch_add(1, Relaxed);
        self.duration.observe(us);
    }

    pub fn classes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CLASSES
            .into_iter()
            .zip(self.classes.iter().map(|count| count.load(Relaxed)))
    }
}

impl Default for RingTally {
    fn default() -> RingTally {
        RingTally {
            in_flight: AtomicI64::new(0),
            errors: std::array::from_fn(|_| AtomicU64::new(0)),
            upstream: Histogram::default(),
            cached: Default::default(),
        }
    }
}

impl RingTally {
    /// A few comparisons of short words; calls without an error make none.
    pub fn add_error(&self, code: &str) {
        if let Some(index) = Code::ALL.iter().position(|known| known.as_str() == code) {
            self.errors[index].fetch_add(1, Relaxed);
        }
    }

    pub fn add_cached(&self, outcome: Outcome) {
        self.cached[outcome as usize].fetch_add(1, Relaxed);
    }

    pub fn cached(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.cached.iter().map(|count| count.load(Relaxed));
        Outcome::ALL
            .iter()
            .map(|outcome| outcome.as_str())
            .zip(counts)
    }

    pub fn errors(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.errors.iter().map(|count| count.load(Relaxed));
        Code::ALL.iter().map(|code| code.as_str()).zip(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_at_a_bound_is_within_it() {
        let histogram = Histogram::default();
        for us in [500, 501, 31_000_000] {
            histogram.observe(us);
        }
        let (sum, count, buckets) = histogram.read();
        assert_eq!((buckets[0].1, buckets[1].1, buckets[12].1), (1, 1, 1));
        assert_eq!((sum, count), (31.001001, 3));
    }

    #[test]
    fn every_status_has_a_class() {
        let tally = ApiTally::default();
        for status in [101, 204, 304, 404, 499, 503, 999] {
            tally.add(status, 1);
        }
        let counts: Vec<_> = tally.classes().map(|(_, count)| count).collect();
        assert_eq!(counts, [2, 1, 2, 2]);
    }
}
