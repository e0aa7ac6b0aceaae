//! Closing an object: keys that are there twice, YAML merge keys, the index of a large one.

use std::collections::HashSet;

use super::{Builder, Frame};
use crate::arena::{Member, NodeId, sort_members};
use crate::problem::{Problem, shown};
use crate::source::Text;

impl Builder<'_> {
    pub(super) fn close_object(&mut self, frame: Frame) -> Result<(), Problem> {
        let mut sorted = self.drop_duplicates(frame.first);
        if !frame.merges.is_empty() {
            self.merge(frame.first, &frame.merges)?;
            sorted = self.sorted(frame.first);
        }
        let first = self.arena.members.len() as u32;
        let count = (self.members.len() - frame.first) as u32;
        if let Some(sorted) = sorted {
            self.arena.sorted.insert(frame.node, sorted);
        }
        self.arena.members.extend(self.members.drain(frame.first..));
        self.set_children(frame.node, first, count);
        Ok(())
    }

    fn sorted(&self, first: usize) -> Option<Vec<u32>> {
        sort_members(&self.members[first..], |text| self.text(text))
    }

    /// Keeps the first of several members with one key and reports the others; gives the index of those kept.
    fn drop_duplicates(&mut self, first: usize) -> Option<Vec<u32>> {
        let members = &self.members[first..];
        let sorted = self.sorted(first);
        let mut duplicates = match &sorted {
            Some(sorted) => self.neighbours_with_one_key(members, sorted),
            None => self.later_with_one_key(members),
        };
        if duplicates.is_empty() {
            return sorted;
        }
        duplicates.sort_unstable();
        for ordinal in duplicates.iter().take(self.limits.problems) {
            let member = self.members[first + *ordinal as usize];
            self.report(duplicate_key(self.text(member.key), member.key_at));
        }
        let mut ordinal = 0;
        let mut next = duplicates
            .into_iter()
            .map(|ordinal| first + ordinal as usize)
            .peekable();
        self.members.retain(|_| {
            ordinal += 1;
            next.next_if_eq(&(ordinal - 1)).is_none()
        });
        self.sorted(first)
    }

    fn neighbours_with_one_key(&self, members: &[Member], sorted: &[u32]) -> Vec<u32> {
        let key = |ordinal: u32| self.text(members[ordinal as usize].key);
        sorted
            .windows(2)
            .filter(|pair| key(pair[0]) == key(pair[1]))
            .map(|pair| pair[1])
            .collect()
    }

    fn later_with_one_key(&self, members: &[Member]) -> Vec<u32> {
        let is_one_key =
            |one: Text, other: Text| one.bytes == other.bytes && self.text(one) == self.text(other);
        let is_later = |at: &usize| {
            let key = members[*at].key;
            members[..*at]
                .iter()
                .any(|before| is_one_key(before.key, key))
        };
        (0..members.len())
            .filter(is_later)
            .map(|ordinal| ordinal as u32)
            .collect()
    }

    /// Adds what merge keys bring and the object does not say itself; earlier ones win.
    fn merge(&mut self, first: usize, merges: &[NodeId]) -> Result<(), Problem> {
        let own = self.members[first..]
            .iter()
            .map(|member| self.text(member.key).to_owned());
        let mut known: HashSet<String> = own.collect();
        for merged in merges {
            for member in self.arena.members(*merged).to_vec() {
                if known.insert(self.text(member.key).to_owned()) {
                    self.arena.nodes[member.value.0 as usize].shared = true;
                    self.members.push(member);
                    self.check_nodes(member.key_at)?;
                }
            }
        }
        Ok(())
    }
}

fn duplicate_key(key: &str, at: u32) -> Problem {
    let message = format!("the key {} is here a second time", shown(key));
    Problem::error(
        "document-duplicate-key",
        at,
        message,
        "Keep one of them; the first one counts until then.",
    )
}
