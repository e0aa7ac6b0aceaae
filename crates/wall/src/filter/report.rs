//! What was removed, and where: JSON Pointers (RFC 6901) in which `*` stands for any item of an array and any name
//! that the contract does not list.

use std::borrow::Cow;
use std::ops::Range;

use super::bounds::{MAX_REPORTED, MAX_REPORTED_NAME};
use super::graph::Graph;
use crate::bundle::NodeIndex;
use crate::pointer::escaped;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// None: the body itself.
    Here,
    /// Property number .1 of node .0.
    Property(NodeIndex, u32),
    /// An item, or a name that a pattern or `additional` admits: such names are data.
    Any,
    /// A name that node .0 does not know, by its hash.
    Unknown(NodeIndex, u64),
}

/// A place in the body: an index into `Removals::places`, or `LOST`.
pub(super) type Place = u32;
pub(super) const ROOT: Place = 0;
/// Beyond those that are listed; also the end of a list.
const LOST: Place = u32::MAX;

/// Made room for before they come.
const USUAL_PLACES: usize = 16;
const USUAL_NAME_BYTES: usize = 128;
const USUAL_POINTER_BYTES: usize = 512;

/// What was removed from a body, as it was counted; `report` makes it readable. Without removals it is empty, and was
/// never allocated.
#[derive(Debug, Default)]
pub struct Removals {
    /// The body first.
    places: Vec<Entry>,
    /// Unknown names, one after the other.
    names: Vec<u8>,
    unlisted: u64,
}

/// The JSON Pointers of all places, one after the other.
struct Pointers {
    text: String,
    ranges: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Entry {
    step: Step,
    /// Why what is there is removed; None: something below it is.
    reason: Option<Reason>,
    parent: Place,
    count: u64,
    /// Where an unknown name ends in `names`; it begins where that of the entry before ends.
    name_end: u32,
    /// The one below it that was met last.
    last_below: Place,
    /// Of those below the same place, the one that came after it: services repeat themselves. They form a ring.
    next_beside: Place,
}

impl Removals {
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Readable, under the graph that the body was projected by. Made of most responses of an outer ring, so all
    /// pointers are written into one text.
    pub fn report(&self, graph: &Graph) -> Report {
        let pointers = self.pointers(graph);
        let rows = self.places.iter().zip(&pointers.ranges);
        let mut rows: Vec<(&str, Reason, u64)> = rows
            .filter_map(|(entry, range)| {
                let pointer = &pointers.text[range.clone()];
                Some((pointer, entry.reason?, entry.count))
            })
            .collect();
        rows.sort_unstable();
        // Several names that are not UTF-8, or longer than what is reported, may read as one.
        rows.dedup_by(|next, kept| {
            let is_same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 += if is_same { next.2 } else { 0 };
            is_same
        });
        let row = |(pointer, reason, count): (&str, Reason, u64)| Removed {
            pointer: pointer.to_owned(),
            reason,
            count,
        };
        Report {
            removed: rows.into_iter().map(row).collect(),
            unlisted: self.unlisted,
        }
    }

    fn pointers(&self, graph: &Graph) -> Pointers {
        let mut text = String::with_capacity(USUAL_POINTER_BYTES);
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(self.places.len());
        for (index, entry) in self.places.iter().enumerate() {
            let begin = text.len();
            if let Some(parent) = ranges.get(entry.parent as usize) {
                text.extend_from_within(parent.clone());
                self.push_token(graph, index, &mut text);
            }
            ranges.push(begin..text.len());
        }
        Pointers { text, ranges }
    }

    /// A reference token and the slash before it.
    fn push_token(&self, graph: &Graph, index: usize, text: &mut String) {
        let name = match self.places[index].step {
            Step::Here => return,
            Step::Any => return text.push_str("/*"),
            Step::Property(node, property) => Cow::Borrowed(graph.property_name(node, property)),
            Step::Unknown(..) => String::from_utf8_lossy(self.name(index)),
        };
        text.push('/');
        text.push_str(&escaped(&name));
    }

    fn name(&self, index: usize) -> &[u8] {
        let begin = index
            .checked_sub(1)
            .map_or(0, |before| self.places[before].name_end);
        &self.names[begin as usize..self.places[index].name_end as usize]
    }

    /// Counts a removal one step below `parent`; `name`: of an unknown step.
    #[inline(always)]
    pub(super) fn count(&mut self, parent: Place, step: Step, name: &[u8], reason: Reason) {
        match self.below(parent, step, name, Some(reason)) {
            LOST => self.unlisted += 1,
            place => self.places[place as usize].count += 1,
        }
    }

    /// The place one step below another, under which something is removed.
    pub(super) fn inside(&mut self, parent: Place, step: Step) -> Place {
        self.below(parent, step, b"", None)
    }

    /// The removal that is expected below `parent`, if it is of a short name that `node` does not know.
    #[inline(always)]
    pub(super) fn expected_unknown(&self, parent: Place, node: NodeIndex) -> Option<Place> {
        let expected = self.expected_below(parent);
        let entry = self.places.get(expected as usize)?;
        let is_unknown = matches!(entry.step, Step::Unknown(knowing, _) if knowing == node);
        (is_unknown && entry.reason == Some(Reason::Undeclared)).then_some(expected)
    }

    /// Counts it once more if this is its name; false: it is another.
    #[inline(always)]
    pub(super) fn count_unknown(&mut self, expected: Place, name: &[u8]) -> bool {
        // A longer one is not remembered whole.
        if name.len() >= MAX_REPORTED_NAME || self.name(expected as usize) != name {
            return false;
        }
        let entry = &mut self.places[expected as usize];
        entry.count += 1;
        let parent = entry.parent;
        self.places[parent as usize].last_below = expected;
        true
    }

    #[inline(always)]
    fn below(&mut self, parent: Place, step: Step, name: &[u8], reason: Option<Reason>) -> Place {
        let expected = self.expected_below(parent);
        if !self.is(expected, step, name, reason) {
            return self.sought(parent, step, name, reason);
        }
        self.places[parent as usize].last_below = expected;
        expected
    }

    #[inline(always)]
    fn expected_below(&self, parent: Place) -> Place {
        let last = self
            .places
            .get(parent as usize)
            .map(|above| above.last_below);
        let last = last.and_then(|last| self.places.get(last as usize));
        last.map_or(LOST, |last| last.next_beside)
    }

    /// Where it is not expected: another of those below, or one more.
    #[inline(never)]
    fn sought(&mut self, parent: Place, step: Step, name: &[u8], reason: Option<Reason>) -> Place {
        if self.places.is_empty() {
            self.places.reserve(USUAL_PLACES);
            self.names.reserve(USUAL_NAME_BYTES);
            self.add(LOST, Step::Here, b"", None);
        }
        if parent == LOST {
            return LOST;
        }
        let found = match self.searched(parent, step, name, reason) {
            LOST => self.add(parent, step, name, reason),
            found => found,
        };
        if found != LOST {
            self.places[parent as usize].last_below = found;
        }
        found
    }

    fn searched(&self, parent: Place, step: Step, name: &[u8], reason: Option<Reason>) -> Place {
        let first = self.expected_below(parent);
        let mut place = first;
        while place != LOST && !self.is(place, step, name, reason) {
            place = match self.places[place as usize].next_beside {
                next if next == first => LOST,
                next => next,
            };
        }
        place
    }

    #[inline(always)]
    fn is(&self, place: Place, step: Step, name: &[u8], reason: Option<Reason>) -> bool {
        let Some(entry) = self.places.get(place as usize) else {
            return false;
        };
        let is_same = entry.step == step && entry.reason == reason;
        // Two unknown names may have one hash.
        is_same && (!matches!(step, Step::Unknown(..)) || self.name(place as usize) == shown(name))
    }

    /// One more, behind the one that was met last.
    fn add(&mut self, parent: Place, step: Step, name: &[u8], reason: Option<Reason>) -> Place {
        if self.places.len() > MAX_REPORTED {
            return LOST;
        }
        let place = self.places.len() as Place;
        let last = self
            .places
            .get(parent as usize)
            .map(|above| above.last_below);
        let last = last.and_then(|last| self.places.get_mut(last as usize));
        let next_beside = last.map_or(place, |last| {
            std::mem::replace(&mut last.next_beside, place)
        });
        self.names.extend_from_slice(shown(name));
        self.places.push(Entry {
            step,
            reason,
            parent,
            count: 0,
            name_end: self.names.len() as u32,
            last_below: LOST,
            next_beside,
        });
        place
    }
}

/// As much of an unknown name as is reported.
fn shown(name: &[u8]) -> &[u8] {
    if name.len() <= MAX_REPORTED_NAME {
        return name;
    }
    let is_cut = |end: &usize| name[*end] & 0xC0 == 0x80;
    let end = (0..=MAX_REPORTED_NAME).rev().find(|end| !is_cut(end));
    &name[..end.unwrap_or(0)]
}
