//! A response on its way to be kept, and one on its way out again.

use std::any::Any;

use async_trait::async_trait;
use bytes::Bytes;
use pingora::Result;
use pingora::cache::key::HashBinary;
use pingora::cache::storage::{HandleHit, HandleMiss, MissFinishType};
use pingora::cache::trace::SpanHandle;
use pingora::cache::{CacheKey, Storage};

use super::kept::Kept;
use super::store::Store;

/// Dropped before its end (the service broke off, the client went away), it leaves nothing behind.
pub struct Filling {
    store: &'static Store,
    key: HashBinary,
    response: Option<Kept>,
    body: Vec<u8>,
    /// Of the store's room for responses under way.
    taken: u64,
}

impl Filling {
    pub fn new(store: &'static Store, key: HashBinary, response: Kept) -> Filling {
        Filling {
            store,
            key,
            response: Some(response),
            body: Vec::new(),
            taken: 0,
        }
    }

    /// Room for the body as it is to be; where there is none, the response passes and is not kept.
    fn make_room(&mut self, bytes: usize) -> bool {
        let capacity = self.body.capacity();
        if bytes <= capacity {
            return true;
        }
        let wanted = bytes.max(2 * capacity);
        let more = (wanted - capacity) as u64;
        if !self.store.room().take(more) {
            return false;
        }
        self.taken += more;
        self.body.reserve_exact(wanted - self.body.len());
        true
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.store.room().give_back(self.taken);
    }
}

#[async_trait]
impl HandleMiss for Filling {
    async fn write_body(&mut self, data: Bytes, _: bool) -> Result<()> {
        if self.response.is_none() {
            return Ok(());
        }
        match self.make_room(self.body.len() + data.len()) {
            true => self.body.extend_from_slice(&data),
            false => {
                self.response = None;
                self.body = Vec::new();
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<MissFinishType> {
        let body = std::mem::take(&mut self.body).into_boxed_slice();
        let bytes = body.len();
        if let Some(response) = self.response.take() {
            self.store.keep(self.key, response.with(Bytes::from(body)));
        }
        Ok(MissFinishType::Created(bytes))
    }
}

/// The body at once: it is in memory.
pub struct Reading {
    body: Option<Bytes>,
}

impl Reading {
    pub fn new(body: Bytes) -> Reading {
        Reading {
            body: Some(body).filter(|body| !body.is_empty()),
        }
    }
}

#[async_trait]
impl HandleHit for Reading {
    async fn read_body(&mut self) -> Result<Option<Bytes>> {
        Ok(self.body.take())
    }

    async fn finish(
        self: Box<Self>,
        _: &'static (dyn Storage + Sync),
        _: &CacheKey,
        _: &SpanHandle,
    ) -> Result<()> {
        Ok(())
    }

    fn as_any(&self) -> &(dyn Any + Send + Sync) {
        self
    }

    fn as_any_mut(&mut self) -> &mut (dyn Any + Send + Sync) {
        self
    }
}
