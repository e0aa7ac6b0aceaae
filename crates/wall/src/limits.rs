use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often each caller called; in memory, for all threads and across revisions.
pub struct Limits {}

/// The day counters of one UTC day, for the checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayWindow {
    /// Days since the Unix epoch.
    pub day: u64,
    /// `partner:globex` → requests taken today.
    pub used: BTreeMap<String, u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    pub fn new() -> Limits {
        todo!()
    }

    /// Requests counted against a day since the start: unchanged means no checkpoint is owed.
    pub fn counted(&self) -> u64 {
        todo!()
    }

    pub fn day_window(&self, now_unix_ns: u64) -> DayWindow {
        todo!("{now_unix_ns}")
    }

    /// Takes over a checkpoint, unless it is of another day.
    pub fn restore(&self, window: &DayWindow, now_unix_ns: u64) {
        todo!("{window:?} {now_unix_ns}")
    }

    /// Forgets callers whose whole allowance is back. Call it every few seconds.
    pub fn sweep(&self, now_unix_ns: u64) {
        todo!("{now_unix_ns}")
    }
}
