//! Keys used lately, so that not every request searches the store. They hold for exactly the state of the store
//! they were read from: the writer's next commit, a revocation say, ends all of them at once.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fate::Caller;

const SHARDS: usize = 64;
/// Of one shard; there may be twice as many in all, about 200 bytes each.
const KEYS: usize = 512;

type Keys = HashSet<ById, ahash::RandomState>;

/// A caller, found by the id of its key: the set holds no second copy of the id.
#[derive(Clone)]
struct ById(Arc<Caller>);

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
    pub fn get(&self, id: &str, transaction: usize) -> Option<Arc<Caller>> {
        let mut shard = self.shard(id);
        if shard.transaction != transaction {
            return None;
        }
        if let Some(ById(caller)) = shard.young.get(id) {
            return Some(Arc::clone(caller));
        }
        let key = shard.old.take(id)?;
        let caller = Arc::clone(&key.0);
        shard.insert(key);
        Some(caller)
    }

    /// `transaction`: the one the key was read from.
    pub fn insert(&self, transaction: usize, caller: &Arc<Caller>) {
        let key = ById(Arc::clone(caller));
        let mut shard = self.shard(key.borrow());
        if shard.transaction != transaction {
            *shard = Shard {
                transaction,
                ..Shard::default()
            };
        }
        shard.insert(key);
    }

    /// A panic leaves whole entries behind: an insertion is one step.
    fn shard(&self, id: &str) -> MutexGuard<'_, Shard> {
        self.shards[self.hasher.hash_one(id) as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn insert(&mut self, key: ById) {
        if self.young.len() >= KEYS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key);
    }
}

impl Borrow<str> for ById {
    fn borrow(&self) -> &str {
        self.0.key_id().unwrap_or_default()
    }
}

impl Hash for ById {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Borrow::<str>::borrow(self).hash(state);
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &ById) -> bool {
        self.0.key_id() == other.0.key_id()
    }
}

impl Eq for ById {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Ring;
    use crate::identity::known::caller_of_key;
    use crate::identity::record::{Agreement, Credential};

    fn key(id: &str, consumer: &str) -> Arc<Caller> {
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
        Arc::new(caller_of_key(id, credential).unwrap())
    }

    #[test]
    fn a_commit_ends_what_was_read_before_it() {
        let recent = Recent::new();
        recent.insert(1, &key("k", "before"));
        assert_eq!(recent.get("k", 1).unwrap().consumer(), "before");
        assert!(recent.get("k", 2).is_none());
        recent.insert(2, &key("k", "after"));
        assert_eq!(recent.get("k", 2).unwrap().consumer(), "after");
        assert!(recent.get("k", 1).is_none());
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_used() {
        let recent = Recent::new();
        recent.insert(1, &key("used", "c"));
        for n in 0..20 * SHARDS * KEYS {
            recent.insert(1, &key(&n.to_string(), "c"));
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
