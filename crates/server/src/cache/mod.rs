//! Responses kept in memory, as the services gave them, for as long as the process lives; one room for all rings.
//!
//! Pingora looks up, fills and revalidates (`pingora-cache`), and lets those who ask for the same thing wait for
//! one; here is where it keeps things, and the bounds. What is kept, and who is given it: `serve/caching`.

mod filling;
mod kept;
mod room;
mod store;
mod writes;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use pingora::cache::lock::{CacheKeyLockImpl, CacheLock};
use pingora::cache::predictor::Predictor;
use pingora::cache::{CacheOptionOverrides, HttpCache};

use store::Store;
pub use writes::Asked;

/// How long a request waits for another that fetches the same; then it asks the service itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// Keys whose last response could not be kept: nobody waits for the next. 16 of these lists.
const UNKEEPABLE: usize = 1024;

/// Costs nothing until the first response is to be kept.
pub struct Responses {
    max_bytes: AtomicU64,
    parts: OnceLock<Parts>,
}

struct Parts {
    store: Store,
    lock: CacheLock,
    unkeepable: Predictor<16>,
}

impl Responses {
    /// Pingora asks for caches that are never dropped.
    pub fn for_the_process() -> &'static Responses {
        Box::leak(Box::new(Responses {
            max_bytes: AtomicU64::new(0),
            parts: OnceLock::new(),
        }))
    }

    /// As the revision in force bounds it.
    pub fn bound(&self, max_bytes: u64) {
        let before = self.max_bytes.swap(max_bytes, Relaxed);
        if let Some(parts) = self.parts.get().filter(|_| before != max_bytes) {
            parts.store.bound(max_bytes);
        }
    }

    /// Lets Pingora answer a request from here, and keep its response. `together`: wait for others that fetch the
    /// same, or let others wait.
    pub fn enable(&'static self, cache: &mut HttpCache, together: bool, max_object_bytes: u64) {
        let parts = self.parts();
        let lock: &'static CacheKeyLockImpl = &parts.lock;
        let mut waiting = CacheOptionOverrides::default();
        waiting.wait_timeout = Some(PATIENCE);
        cache.enable(
            &parts.store,
            None,
            Some(&parts.unkeepable),
            together.then_some(lock),
            Some(waiting),
        );
        cache.set_max_file_size_bytes(usize::try_from(max_object_bytes).unwrap_or(usize::MAX));
    }

    /// A request for `resource` that began at `at`; to be noted with its response.
    pub fn asked(&self, resource: (&[u8], &str), at: Instant) -> Asked {
        self.parts().store.writes().asked(resource, at)
    }

    /// Something may have changed there: what was asked for before now is not given any more.
    pub fn written(&self, resource: (&[u8], &str)) {
        if let Some(parts) = self.parts.get() {
            parts.store.writes().note(resource);
        }
    }

    /// Bytes and number of what is kept.
    pub fn kept(&self) -> (u64, u64) {
        self.parts.get().map_or((0, 0), |parts| parts.store.kept())
    }

    fn parts(&self) -> &Parts {
        self.parts.get_or_init(|| Parts {
            store: Store::new(self.max_bytes.load(Relaxed)),
            lock: CacheLock::new(PATIENCE),
            unkeepable: Predictor::new(UNKEEPABLE, None),
        })
    }
}
