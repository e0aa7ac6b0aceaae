//! How sharing goes, for `status.json`, metrics and the log.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use wall::manifest::SharedLimits;

use crate::clock::now_unix_ns;
use crate::metrics::Histogram;

#[derive(Default)]
pub struct Figures {
    standing: Mutex<Option<Standing>>,
    seen: AtomicU64,
    asked: AtomicU64,
    unanswered: AtomicU64,
    pub answers: Histogram,
}

/// Whether limits are shared now; as `status.json` says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// `false`: this gateway goes on with its share.
    pub available: bool,
    /// Why not.
    pub problem: Option<String>,
    /// Seconds since the Unix epoch.
    pub since: u64,
    /// As the estate says, and as many as said that they are there.
    pub gateways: u16,
    pub gateways_seen: u64,
}

impl Figures {
    pub fn standing(&self) -> Option<Standing> {
        self.locked().clone()
    }

    /// Requests that asked, and those of them that got no answer in time.
    pub fn requests(&self) -> (u64, u64) {
        (self.asked.load(Relaxed), self.unanswered.load(Relaxed))
    }

    pub fn asked(&self) {
        self.asked.fetch_add(1, Relaxed);
    }

    pub fn unanswered(&self) {
        self.unanswered.fetch_add(1, Relaxed);
    }

    pub fn answered_in(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.answers.observe(us);
    }

    /// Another setting, or none.
    pub fn begin(&self, wanted: Option<&SharedLimits>) {
        *self.locked() = wanted.map(|declared| Standing {
            available: false,
            problem: Some("not connected yet".to_owned()),
            since: now_s(),
            gateways: declared.gateways,
            gateways_seen: 0,
        });
    }

    pub fn available(&self) {
        self.become_of(None);
    }

    /// True where this is news.
    pub fn lost(&self, problem: &str) -> bool {
        self.become_of(Some(problem))
    }

    pub fn seen(&self, gateways: u64) {
        if self.seen.swap(gateways, Relaxed) != gateways
            && let Some(standing) = self.locked().as_mut()
        {
            standing.gateways_seen = gateways;
        }
    }

    fn become_of(&self, problem: Option<&str>) -> bool {
        let mut locked = self.locked();
        let Some(standing) = locked.as_mut() else {
            return false;
        };
        let (before, now) = (standing.available, problem.is_none());
        let is_news = before != now || standing.problem.as_deref() != problem;
        if before != now {
            standing.since = now_s();
        }
        standing.available = now;
        standing.problem = problem.map(str::to_owned);
        standing.gateways_seen = self.seen.load(Relaxed);
        is_news
    }

    fn locked(&self) -> MutexGuard<'_, Option<Standing>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_s() -> u64 {
    now_unix_ns() / 1_000_000_000
}
