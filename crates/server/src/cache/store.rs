//! Where responses are: within a number of bytes, what is least asked for dropped first (S3-FIFO: a client that asks
//! for everything once drops nobody else's).

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use pingora::Result;
use pingora::cache::key::{CacheHashKey, HashBinary};
use pingora::cache::storage::{
    HitHandler, MissHandler, PurgeOutcome, PurgeTarget, PurgeType, Storage,
};
use pingora::cache::trace::SpanHandle;
use pingora::cache::{CacheKey, CacheMeta};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder};

use super::filling::{Filling, Reading};
use super::kept::{ByBytes, Kept};
use super::room::Room;
use super::writes::Writes;

/// Of the memory, for responses under way.
const UNDER_WAY: u64 = 4;
/// Locks, each over its part of the room. An eighth of the memory fits into one (`cache.max_object_bytes`).
const SHARDS: usize = 4;
/// To size what is remembered of those that were dropped.
const USUAL_BYTES: u64 = 16 * 1024;

pub struct Store {
    kept: Cache<HashBinary, Arc<Kept>, ByBytes>,
    room: Room,
    writes: Writes,
}

impl Store {
    pub fn new(max_bytes: u64) -> Store {
        let under_way = max_bytes / UNDER_WAY;
        let usual = usize::try_from(max_bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(usual.max(SHARDS * 32))
            .weight_capacity(max_bytes - under_way)
            .build();
        Store {
            kept: Cache::with_options(
                options.expect("both capacities are given"),
                ByBytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            room: Room::new(under_way),
            writes: Writes::new(),
        }
    }

    pub fn bound(&self, max_bytes: u64) {
        let under_way = max_bytes / UNDER_WAY;
        self.kept.set_capacity(max_bytes - under_way);
        self.room.bound(under_way);
    }

    pub fn keep(&self, key: HashBinary, response: Kept) {
        self.kept.insert(key, Arc::new(response));
    }

    pub fn room(&self) -> &Room {
        &self.room
    }

    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Bytes and number.
    pub fn kept(&self) -> (u64, u64) {
        (self.kept.weight(), self.kept.len() as u64)
    }
}

#[async_trait]
impl Storage for Store {
    async fn lookup(
        &'static self,
        key: &CacheKey,
        _: &SpanHandle,
    ) -> Result<Option<(CacheMeta, HitHandler)>> {
        let key = key.combined_bin();
        let Some(kept) = self.kept.get(&key) else {
            return Ok(None);
        };
        if !self.writes.spare(&kept.asked) {
            self.kept.remove(&key);
            return Ok(None);
        }
        let reading = Reading::new(kept.body.clone());
        Ok(Some((kept.meta(), Box::new(reading))))
    }

    async fn get_miss_handler(
        &'static self,
        key: &CacheKey,
        meta: &CacheMeta,
        _: &SpanHandle,
    ) -> Result<MissHandler> {
        let filling = Filling::new(self, key.combined_bin(), Kept::new(meta)?);
        Ok(Box::new(filling))
    }

    async fn update_meta(
        &'static self,
        key: &CacheKey,
        meta: &CacheMeta,
        _: &SpanHandle,
    ) -> Result<bool> {
        let key = key.combined_bin();
        let Some(before) = self.kept.peek(&key) else {
            return Ok(false);
        };
        self.keep(key, before.validated(meta)?);
        Ok(true)
    }

    async fn purge(
        &'static self,
        target: PurgeTarget<'_>,
        _: PurgeType,
        _: &SpanHandle,
    ) -> Result<PurgeOutcome> {
        let removed = self.kept.remove(&target.key().combined_bin());
        Ok(removed.map_or(PurgeOutcome::NotFound, |_| PurgeOutcome::Purged(None)))
    }

    fn as_any(&self) -> &(dyn Any + Send + Sync + 'static) {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, SystemTime};

    use bytes::Bytes;
    use pingora::http::ResponseHeader;

    use super::*;

    fn response(store: &Store, bytes: usize) -> Kept {
        let now = SystemTime::now();
        let header = ResponseHeader::build(200, None).unwrap();
        let mut meta = CacheMeta::new(now + Duration::from_secs(60), now, 0, 0, header);
        let asked = store.writes.asked((b"orders", "/"), Instant::now());
        meta.extensions_mut().insert(asked);
        let body = Bytes::from(vec![0; bytes]);
        Kept::new(&meta).unwrap().with(body)
    }

    #[test]
    fn whatever_is_asked_for_the_memory_is_bounded() {
        const MAX: u64 = 1 << 20;
        let store = Store::new(MAX);
        for number in 0..10_000_u128 {
            store.keep(number.to_be_bytes(), response(&store, 1_000));
            assert!(store.kept().0 <= MAX);
        }
        assert!(store.kept().1 > 100);
        store.bound(MAX / 2);
        assert!(store.kept().0 <= MAX / 2);
    }

    #[test]
    fn an_eighth_of_the_memory_fits() {
        let store = Store::new(8 << 20);
        store.keep([1; 16], response(&store, 1 << 20));
        assert_eq!(store.kept().1, 1);
    }
}
