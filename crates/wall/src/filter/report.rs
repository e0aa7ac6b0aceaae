//! What was removed, and where: JSON Pointers (RFC 6901) in which `*` stands for any item of an array and any name
//! that the contract does not list.

use std::collections::BTreeMap;

use ahash::AHashMap;

use super::bounds::{MAX_REPORTED, MAX_REPORTED_NAME};
use super::graph::{Graph, name_hash};
use crate::bundle::NodeIndex;

/// Why a value does not leave, or would not in the mode `Enforce`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The contract does not know the name or the position.
    Undeclared,
    /// Declared for inner rings.
    Narrower,
    /// Of a type that is not declared here.
    Type,
    /// Not among the declared values.
    Value,
    /// Which kind of object it is was not said within `MAX_LOOKAHEAD_BYTES`, or is not declared.
    Undecided,
    /// A string longer than `MAX_JUDGED_BYTES` where the value has to be known.
    TooLong,
    /// To be masked by a hash, and the node has no key for it.
    NoMaskingKey,
}

const REASONS: [Reason; 7] = [
    Reason::Undeclared,
    Reason::Narrower,
    Reason::Type,
    Reason::Value,
    Reason::Undecided,
    Reason::TooLong,
    Reason::NoMaskingKey,
];

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Undeclared => "undeclared",
            Reason::Narrower => "narrower",
            Reason::Type => "type",
            Reason::Value => "value",
            Reason::Undecided => "undecided",
            Reason::TooLong => "too_long",
            Reason::NoMaskingKey => "no_masking_key",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Ordered by pointer; each pointer and reason once.
    pub removed: Vec<Removed>,
    /// Removals at places beyond the first `MAX_REPORTED`.
    pub unlisted: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    pub pointer: String,
    pub reason: Reason,
    pub count: u64,
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Property number .1 of node .0.
    Property(NodeIndex, u32),
    /// An item, or a name that a pattern or `additional` admits: such names are data.
    Any,
    /// A name the contract does not know.
    Unknown(&'a [u8]),
}

/// A place in the body. `LOST`: one beyond those listed.
pub type Place = u32;
pub const ROOT: Place = 0;
const LOST: Place = u32::MAX;

/// Counts while the body is read; allocates when the first removal is counted.
#[derive(Default)]
pub struct Recorder {
    /// Entry `n` is place `n + 1`.
    places: Vec<Entry>,
    found: AHashMap<(Place, Key), Place>,
    at_root: [u64; REASONS.len()],
    unlisted: u64,
}

struct Entry {
    parent: Place,
    step: OwnedStep,
    counts: [u64; REASONS.len()],
}

enum OwnedStep {
    Property(NodeIndex, u32),
    Any,
    Unknown(Box<[u8]>),
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Property(NodeIndex, u32),
    Any,
    Unknown(u64),
}

impl Recorder {
    pub fn count(&mut self, place: Place, reason: Reason) {
        match place {
            ROOT => self.at_root[reason as usize] += 1,
            LOST => self.unlisted += 1,
            _ => self.places[place as usize - 1].counts[reason as usize] += 1,
        }
    }

    /// The place one step below another.
    pub fn below(&mut self, parent: Place, step: Step<'_>) -> Place {
        if parent == LOST {
            return LOST;
        }
        let key = (parent, key(step));
        if let Some(place) = self.found.get(&key) {
            return if self.is_there(*place, step) {
                *place
            } else {
                LOST
            };
        }
        if self.places.len() == MAX_REPORTED {
            return LOST;
        }
        self.places.push(Entry {
            parent,
            step: owned(step),
            counts: [0; REASONS.len()],
        });
        let place = self.places.len() as Place;
        self.found.insert(key, place);
        place
    }

    /// Two unknown names may have one hash.
    fn is_there(&self, place: Place, step: Step<'_>) -> bool {
        match (&self.places[place as usize - 1].step, step) {
            (OwnedStep::Unknown(known), Step::Unknown(name)) => **known == *shown(name),
            _ => true,
        }
    }

    pub fn report(&self, graph: &Graph) -> Report {
        let mut removed = BTreeMap::new();
        let mut add = |pointer: &str, counts: &[u64]| {
            for (reason, count) in REASONS
                .into_iter()
                .zip(counts)
                .filter(|(_, count)| **count > 0)
            {
                *removed.entry((pointer.to_owned(), reason)).or_insert(0) += count;
            }
        };
        add("", &self.at_root);
        let mut pointers: Vec<String> = Vec::with_capacity(self.places.len());
        for entry in &self.places {
            let parent = entry
                .parent
                .checked_sub(1)
                .map_or("", |index| &pointers[index as usize]);
            let pointer = format!("{parent}/{}", token(graph, &entry.step));
            add(&pointer, &entry.counts);
            pointers.push(pointer);
        }
        let removed = removed.into_iter();
        Report {
            removed: removed
                .map(|((pointer, reason), count)| Removed {
                    pointer,
                    reason,
                    count,
                })
                .collect(),
            unlisted: self.unlisted,
        }
    }
}

fn key(step: Step<'_>) -> Key {
    match step {
        Step::Property(node, index) => Key::Property(node, index),
        Step::Any => Key::Any,
        Step::Unknown(name) => Key::Unknown(name_hash(shown(name))),
    }
}

fn owned(step: Step<'_>) -> OwnedStep {
    match step {
        Step::Property(node, index) => OwnedStep::Property(node, index),
        Step::Any => OwnedStep::Any,
        Step::Unknown(name) => OwnedStep::Unknown(shown(name).into()),
    }
}

/// As much of an unknown name as is reported.
fn shown(name: &[u8]) -> &[u8] {
    let longest = name.len().min(MAX_REPORTED_NAME);
    let is_cut = |end: &usize| name.get(*end).is_some_and(|byte| byte & 0xC0 == 0x80);
    let end = (0..=longest).rev().find(|end| !is_cut(end));
    &name[..end.unwrap_or(0)]
}

/// A reference token (RFC 6901 §3).
fn token(graph: &Graph, step: &OwnedStep) -> String {
    let name = match step {
        OwnedStep::Any => return "*".to_owned(),
        OwnedStep::Property(node, index) => graph.property_name(*node, *index).to_owned(),
        OwnedStep::Unknown(name) => String::from_utf8_lossy(name).into_owned(),
    };
    name.replace('~', "~0").replace('/', "~1")
}
