//! How much of a service is used at once: requests under way, requests that wait, retries.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wall::bundle::Breaker as Rule;

/// Places of requests; a place is given back when its permit is dropped.
pub struct Breaker {
    places: Arc<Semaphore>,
    pending: AtomicU32,
    max_pending: u32,
    patience: Duration,
}

/// No place, and none came free in time.
#[derive(Debug)]
pub struct Full;

impl Breaker {
    pub fn new(rule: &Rule) -> Breaker {
        let most = usize::try_from(rule.max_requests).unwrap_or(usize::MAX);
        Breaker {
            places: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            pending: AtomicU32::new(0),
            max_pending: rule.max_pending,
            patience: Duration::from_millis(rule.pending_timeout_ms),
        }
    }

    pub async fn enter(&self) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let _pending = Pending::join(&self.pending, self.max_pending)?;
        let place = Arc::clone(&self.places).acquire_owned();
        let waited = tokio::time::timeout(self.patience, place).await;
        waited.ok().and_then(Result::ok).ok_or(Full)
    }
}

/// One that waits; leaves when dropped, also when its client gives up.
struct Pending<'b>(&'b AtomicU32);

impl<'b> Pending<'b> {
    fn join(pending: &'b AtomicU32, most: u32) -> Result<Pending<'b>, Full> {
        let joined = Pending(pending);
        match pending.fetch_add(1, Relaxed) < most {
            true => Ok(joined),
            false => Err(Full),
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// What retries may cost: every request saves a share of one, every retry spends one. So a service that fails
/// entirely is not asked twice as often.
pub struct Budget {
    /// Hundredths of a retry.
    saved: AtomicI64,
    percent: i64,
}

/// In hand before anyone called, for services that are seldom called.
const AT_FIRST: i64 = 10 * 100;
const SAVED_AT_MOST: i64 = 100 * 100;

impl Budget {
    pub fn new(percent: u8) -> Budget {
        let saved = if percent == 0 { 0 } else { AT_FIRST };
        Budget {
            saved: AtomicI64::new(saved),
            percent: i64::from(percent),
        }
    }

    pub fn request(&self) {
        if self.saved.load(Relaxed) < SAVED_AT_MOST {
            self.saved.fetch_add(self.percent, Relaxed);
        }
    }

    /// True when a retry is within the budget; it is spent then.
    pub fn spend(&self) -> bool {
        let enough = |saved: i64| (saved >= 100).then_some(saved - 100);
        self.saved.fetch_update(Relaxed, Relaxed, enough).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_requests() {
        let budget = Budget::new(20);
        let retried = (0..1000).filter(|_| {
            budget.request();
            budget.spend()
        });
        assert_eq!(retried.count(), 10 + 200);
        assert!(!Budget::new(0).spend());
    }

    #[tokio::test]
    async fn beyond_places_and_waiting_room_nobody_enters() {
        let rule = Rule {
            max_requests: 1,
            max_pending: 1,
            pending_timeout_ms: 20,
        };
        let breaker = Breaker::new(&rule);
        let inside = breaker.enter().await.unwrap();
        let (first, second) = tokio::join!(breaker.enter(), breaker.enter());
        assert!(first.is_err() && second.is_err());
        drop(inside);
        assert!(breaker.enter().await.is_ok());
        assert_eq!(breaker.pending.load(Relaxed), 0);
    }
}
