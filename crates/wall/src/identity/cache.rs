//! What a signature check found, remembered: the fact "this issuer signed these bytes" never changes, while
//! expiry and revocation do and are judged anew each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bounded by two generations: when the young one is full it becomes the old one, and the old is forgotten.
/// What is used moves to the young one.
pub struct Cache<V> {
    generations: Mutex<Generations<V>>,
    capacity: usize,
}

struct Generations<V> {
    young: HashMap<[u8; 32], Arc<V>, ahash::RandomState>,
    old: HashMap<[u8; 32], Arc<V>, ahash::RandomState>,
}

impl<V> Cache<V> {
    /// Holds at most twice `capacity`.
    pub fn new(capacity: usize) -> Cache<V> {
        let generations = Generations {
            young: HashMap::default(),
            old: HashMap::default(),
        };
        Cache {
            generations: Mutex::new(generations),
            capacity,
        }
    }

    pub fn get(&self, key: &[u8; 32]) -> Option<Arc<V>> {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = generations.young.get(key) {
            return Some(Arc::clone(value));
        }
        let value = generations.old.remove(key)?;
        generations.insert(*key, &value, self.capacity);
        Some(value)
    }

    pub fn insert(&self, key: [u8; 32], value: &Arc<V>) {
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        generations.insert(key, value, self.capacity);
    }
}

impl<V> Generations<V> {
    fn insert(&mut self, key: [u8; 32], value: &Arc<V>, capacity: usize) {
        if self.young.len() >= capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, Arc::clone(value));
    }
}

/// Keys are hashes, so that a cached proof of identity cannot be read back.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    context
        .finish()
        .as_ref()
        .try_into()
        .expect("SHA-256 is 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let cache = Cache::new(4);
        let key = |n: u32| sha256(&[&n.to_le_bytes()]);
        cache.insert(key(0), &Arc::new(0));
        for n in 1..100 {
            cache.insert(key(n), &Arc::new(n));
            assert_eq!(cache.get(&key(0)).as_deref(), Some(&0), "used, so kept");
        }
        let kept = (0..100).filter(|n| cache.get(&key(*n)).is_some()).count();
        assert!(kept <= 8, "{kept}");
    }
}
