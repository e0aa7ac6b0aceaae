//! Keys used lately, so that not every request searches the store. They hold for exactly the state of the store
//! they were read from: the writer's next commit, a revocation say, ends all of them at once.
//!
//! A node with a million keys sees most of them seldom, so what is searched for here is mostly in none of the
//! processor's caches: callers are kept in small sets, and one cache line says who is in a set.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fate::Caller;
use crate::faults::{Check, skips};

const SETS: usize = 32 * 1024;
/// Callers of one set: 131,072 in all, about 200 bytes each.
const WAYS: usize = 4;

pub(super) struct Recent {
    sets: Box<[Line]>,
    hasher: ahash::RandomState,
}

#[derive(Default)]
#[repr(align(64))]
struct Line(Mutex<Set>);

#[derive(Default)]
struct Set {
    transaction: usize,
    callers: [Option<Arc<Caller>>; WAYS],
    /// Of each caller's id, so that callers of other ids are not looked at.
    tags: [u16; WAYS],
    /// Since they were last asked for their place.
    used: [bool; WAYS],
    /// Whose turn it is to be asked for its place.
    turn: u8,
}

/// Where the key of an id would be.
struct Place {
    set: usize,
    tag: u16,
}

impl Recent {
    pub fn new() -> Recent {
        Recent {
            sets: (0..SETS).map(|_| Line::default()).collect(),
            hasher: ahash::RandomState::new(),
        }
    }

    /// `transaction`: the last one that was committed.
    pub fn get(&self, id: &str, transaction: usize) -> Option<Arc<Caller>> {
        let place = self.place(id);
        let mut set = self.set(&place);
        if set.transaction != transaction && !skips(Check::KeyRevoked) {
            return None;
        }
        let way = set.find(id, place.tag)?;
        set.used[way] = true;
        set.callers[way].clone()
    }

    /// `transaction`: the one the key was read from.
    pub fn insert(&self, transaction: usize, caller: &Arc<Caller>) {
        let Some(id) = caller.key_id() else { return };
        let place = self.place(id);
        let mut set = self.set(&place);
        if set.transaction != transaction {
            *set = Set {
                transaction,
                ..Set::default()
            };
        }
        if set.find(id, place.tag).is_none() {
            set.insert(place.tag, caller);
        }
    }

    fn place(&self, id: &str) -> Place {
        let hash = self.hasher.hash_one(id);
        Place {
            set: hash as usize % SETS,
            tag: (hash >> 48) as u16,
        }
    }

    /// A panic leaves whole entries behind: an insertion is one step.
    fn set(&self, place: &Place) -> MutexGuard<'_, Set> {
        let Line(set) = &self.sets[place.set];
        set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Set {
    fn find(&self, id: &str, tag: u16) -> Option<usize> {
        let is_it = |way: &usize| {
            let caller = self.callers[*way].as_deref();
            self.tags[*way] == tag && caller.and_then(Caller::key_id) == Some(id)
        };
        (0..WAYS).find(is_it)
    }

    /// In a full set one caller after the other is asked for its place. One that was used since it was last asked
    /// keeps it, and the new one is not kept: many keys that come once each do not drive out those in use.
    fn insert(&mut self, tag: u16, caller: &Arc<Caller>) {
        let free = self.callers.iter().position(Option::is_none);
        let way = free.unwrap_or_else(|| self.next_in_turn());
        if std::mem::take(&mut self.used[way]) {
            return;
        }
        self.callers[way] = Some(Arc::clone(caller));
        self.tags[way] = tag;
        self.used[way] = true;
    }

    fn next_in_turn(&mut self) -> usize {
        let way = usize::from(self.turn) % WAYS;
        self.turn = self.turn.wrapping_add(1);
        way
    }
}

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
            scopes: vec![],
            pins: vec![],
        };
        Arc::new(caller_of_key(id, credential).unwrap())
    }

    /// Looks a key up as a request does; whether it was found.
    fn ask(recent: &Recent, id: &str) -> bool {
        let found = recent.get(id, 1).is_some();
        if !found {
            recent.insert(1, &key(id, "c"));
        }
        found
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
    fn a_key_in_use_stays_however_many_others_come_once() {
        let recent = Recent::new();
        ask(&recent, "used");
        for n in 0..10 * SETS * WAYS {
            assert!(ask(&recent, "used"));
            ask(&recent, &n.to_string());
        }
    }

    #[test]
    fn keys_that_come_in_turn_are_found_as_far_as_there_is_room() {
        let recent = Recent::new();
        let all = SETS * WAYS * 3 / 2;
        let found = || (0..all).filter(|n| ask(&recent, &n.to_string())).count();
        found();
        assert!(found() > all / 2);
    }

    #[test]
    fn a_key_that_comes_again_and_again_takes_the_place_of_one_that_does_not() {
        let recent = Recent::new();
        for n in 0..10 * SETS * WAYS {
            ask(&recent, &n.to_string());
        }
        let asked = (0..3 * WAYS).filter(|_| ask(&recent, "new")).count();
        assert!(asked >= WAYS, "{asked}");
    }

    #[test]
    fn a_set_is_one_cache_line() {
        assert_eq!(size_of::<Line>(), 64);
    }
}
