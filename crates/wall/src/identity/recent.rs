//! Keys used lately, so that not every request searches the store. They hold for exactly the state of the store
//! they were read from: the writer's next commit, a revocation say, ends all of them at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Network;
use super::record::{Agreement, Credential};
use crate::audience::Ring;
use crate::fate::{Caller, Proof};

const SHARDS: usize = 64;
/// Of one shard; there may be twice as many in all, about 500 bytes each.
const KEYS: usize = 512;

/// One key as the store has it, ready to be judged; see [`Credential`].
#[derive(Debug)]
pub struct KnownKey {
    pub caller: Arc<Caller>,
    /// Of the whole key.
    pub sha256: [u8; 32],
    pub ring: Ring,
    pub environment: Box<str>,
    pub agreement: Agreement<Box<str>>,
    pub not_before: Option<u64>,
    pub expires_at: Option<u64>,
    pub apis: Box<[Box<str>]>,
    /// `api:version`.
    pub versions: Box<[Box<str>]>,
    pub networks: Box<[Network]>,
}

impl KnownKey {
    /// `None` if a name in the record cannot be told to an upstream.
    pub fn new(id: &str, credential: Credential<'_>) -> Option<KnownKey> {
        // A partner's limit is the agreement's, so its name is the agreement's too.
        let consumer = match credential.agreement {
            Agreement::Partner(name) => name,
            Agreement::None | Agreement::Plan(_) => credential.consumer,
        };
        let caller = Caller::new(consumer, credential.application, Some(id), Proof::ApiKey)?;
        let owned = |names: Vec<&str>| names.into_iter().map(Into::into).collect();
        Some(KnownKey {
            caller: Arc::new(caller),
            sha256: credential.sha256,
            ring: credential.ring,
            environment: credential.environment.into(),
            agreement: credential.agreement.map(Into::into),
            not_before: credential.not_before,
            expires_at: credential.expires_at,
            apis: owned(credential.apis),
            versions: owned(credential.versions),
            networks: credential.networks.into(),
        })
    }

    /// Seconds since the Unix epoch.
    pub fn is_valid_at(&self, now: u64) -> bool {
        self.not_before.is_none_or(|start| start <= now)
            && self.expires_at.is_none_or(|end| now < end)
    }
}

type Keys = HashMap<Box<str>, Arc<KnownKey>, ahash::RandomState>;

pub(super) struct Recent {
    shards: Box<[Mutex<Shard>]>,
    hasher: ahash::RandomState,
}

/// Two generations: when the young one is full it becomes the old one, and the old is forgotten.
#[derive(Default)]
struct Shard {
    transaction: usize,
    young: Keys,
    old: Keys,
}

impl Recent {
    pub fn new() -> Recent {
        Recent {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: ahash::RandomState::new(),
        }
    }

    /// `transaction`: the last one that was committed.
    pub fn get(&self, id: &str, transaction: usize) -> Option<Arc<KnownKey>> {
        let mut shard = self.shard(id);
        if shard.transaction != transaction {
            return None;
        }
        if let Some(key) = shard.young.get(id) {
            return Some(Arc::clone(key));
        }
        let (id, key) = shard.old.remove_entry(id)?;
        shard.insert(id, &key);
        Some(key)
    }

    /// `transaction`: the one the key was read from.
    pub fn insert(&self, id: &str, transaction: usize, key: &Arc<KnownKey>) {
        let mut shard = self.shard(id);
        if shard.transaction != transaction {
            *shard = Shard {
                transaction,
                ..Shard::default()
            };
        }
        shard.insert(id.into(), key);
    }

    /// A panic leaves whole entries behind: an insertion is one step.
    fn shard(&self, id: &str) -> MutexGuard<'_, Shard> {
        self.shards[self.hasher.hash_one(id) as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn insert(&mut self, id: Box<str>, key: &Arc<KnownKey>) {
        if self.young.len() >= KEYS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, Arc::clone(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(consumer: &str) -> Arc<KnownKey> {
        let credential = Credential {
            sha256: [7; 32],
            ring: Ring::Public,
            environment: "production",
            consumer,
            application: "default",
            agreement: Agreement::None,
            not_before: None,
            expires_at: None,
            apis: vec![],
            versions: vec![],
            networks: vec![],
        };
        Arc::new(KnownKey::new("k", credential).unwrap())
    }

    #[test]
    fn a_commit_ends_what_was_read_before_it() {
        let recent = Recent::new();
        recent.insert("k", 1, &key("before"));
        assert_eq!(&*recent.get("k", 1).unwrap().caller.consumer, "before");
        assert!(recent.get("k", 2).is_none());
        recent.insert("k", 2, &key("after"));
        assert_eq!(&*recent.get("k", 2).unwrap().caller.consumer, "after");
        assert!(recent.get("k", 1).is_none());
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_used() {
        let recent = Recent::new();
        let key = key("c");
        recent.insert("used", 1, &key);
        for n in 0..20 * SHARDS * KEYS {
            recent.insert(&n.to_string(), 1, &key);
            assert!(recent.get("used", 1).is_some());
        }
        let kept = |shard: &Mutex<Shard>| {
            let shard = shard.lock().unwrap();
            shard.young.len() + shard.old.len()
        };
        let kept: usize = recent.shards.iter().map(kept).sum();
        assert!(kept <= 2 * SHARDS * KEYS, "{kept}");
    }
}
