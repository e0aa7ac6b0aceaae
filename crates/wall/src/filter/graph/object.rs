//! The members an object may have, found by name.

use regex::bytes::{Regex, RegexBuilder};
use wide::u8x16;

use super::Plain;
use crate::bundle::{NodeIndex, ObjectRule};
use crate::filter::bounds::MAX_PATTERN_BYTES;

/// Constant, so that a body is judged alike wherever it is; names come from services, not from clients.
const HASHING: ahash::RandomState = ahash::RandomState::with_seeds(
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7344,
    0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89,
);

pub fn name_hash(name: &[u8]) -> u64 {
    HASHING.hash_one(name)
}

#[derive(Debug)]
pub struct Object {
    pub properties: Vec<Property>,
    patterns: Vec<(Regex, NodeIndex)>,
    additional: Option<NodeIndex>,
    /// Open addressing, at most half full; index of a property + 1, or 0.
    slots: Vec<u32>,
}

#[derive(Debug)]
pub struct Property {
    pub name: String,
    quoted: Quoted,
    pub node: NodeIndex,
    /// Of its node.
    pub plain: Plain,
}

/// A name in quotes and a colon, as most services write it; its first bytes are compared in one piece.
#[derive(Debug)]
struct Quoted {
    first: u8x16,
    /// One bit for each byte of `first` that counts; one too many if it takes an escape to write the name.
    mask: u32,
    rest: Box<[u8]>,
    length: usize,
}

impl Quoted {
    fn new(name: &str) -> Quoted {
        let stands_for_itself =
            |character: char| character >= ' ' && !matches!(character, '"' | '\\');
        let text = [b"\"", name.as_bytes(), b"\":"].concat();
        let (begin, rest) = text.split_at(text.len().min(16));
        let mut first = [0; 16];
        first[..begin.len()].copy_from_slice(begin);
        let bits = match name.chars().all(stands_for_itself) {
            true => begin.len(),
            false => 17,
        };
        Quoted {
            first: u8x16::new(first),
            mask: (1 << bits) - 1,
            rest: rest.into(),
            length: text.len(),
        }
    }

    #[inline(always)]
    fn begins(&self, input: &[u8]) -> Option<usize> {
        let same = u8x16::new(*input.first_chunk()?).simd_eq(self.first);
        let is_there = same.to_bitmask() & self.mask == self.mask
            && (self.rest.is_empty() || input[16..].starts_with(&self.rest));
        is_there.then_some(self.length)
    }
}

/// What an object rule says of a name that is no property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    Node(NodeIndex),
    /// Patterns disagree.
    Disputed,
    Undeclared,
}

impl Object {
    pub fn compile(rule: &ObjectRule) -> Result<Object, String> {
        let mut object = Object {
            properties: rule.properties.iter().map(property).collect(),
            patterns: rule
                .patterns
                .iter()
                .map(pattern)
                .collect::<Result<_, _>>()?,
            additional: rule.additional,
            slots: vec![0; (2 * rule.properties.len()).next_power_of_two()],
        };
        for index in 0..object.properties.len() {
            object.enter(index)?;
        }
        Ok(object)
    }

    fn enter(&mut self, index: usize) -> Result<(), String> {
        let name = self.properties[index].name.as_bytes();
        let hash = name_hash(name);
        if self.find(name, hash).is_some() {
            return Err(format!(
                "{:?} is a property twice",
                self.properties[index].name
            ));
        }
        let free = self.probe(hash).find(|slot| self.slots[*slot] == 0);
        self.slots[free.expect("half of the slots are free")] = index as u32 + 1;
        Ok(())
    }

    /// Index of the property.
    pub fn find(&self, name: &[u8], hash: u64) -> Option<u32> {
        for slot in self.probe(hash) {
            let index = self.slots[slot].checked_sub(1)?;
            if self.properties[index as usize].name.as_bytes() == name {
                return Some(index);
            }
        }
        None
    }

    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        (0..self.slots.len()).map(move |step| (hash as usize).wrapping_add(step) & mask)
    }

    /// Property `index`, if its name in quotes and a colon are what `input` begins with, and their length.
    #[inline(always)]
    pub fn expected(&self, index: u32, input: &[u8]) -> Option<(&Property, usize)> {
        let property = self.properties.get(index as usize)?;
        property
            .quoted
            .begins(input)
            .map(|length| (property, length))
    }

    pub fn unlisted(&self, name: &[u8]) -> Unlisted {
        let mut matching = self
            .patterns
            .iter()
            .filter(|(pattern, _)| pattern.is_match(name));
        let Some((_, node)) = matching.next() else {
            return self.additional.map_or(Unlisted::Undeclared, Unlisted::Node);
        };
        if matching.all(|(_, other)| other == node) {
            Unlisted::Node(*node)
        } else {
            Unlisted::Disputed
        }
    }

    /// Names that are no property may leave.
    pub fn is_open(&self) -> bool {
        self.additional.is_some() || !self.patterns.is_empty()
    }
}

fn property((name, node): &(String, NodeIndex)) -> Property {
    Property {
        name: name.clone(),
        quoted: Quoted::new(name),
        node: *node,
        plain: Plain::NOTHING,
    }
}

/// In linear time whatever the name is (`regex` has no look-around and no back references).
fn pattern((text, node): &(String, NodeIndex)) -> Result<(Regex, NodeIndex), String> {
    let mut builder = RegexBuilder::new(text);
    let compiled = builder.size_limit(MAX_PATTERN_BYTES).build();
    let pattern = compiled.map_err(|error| format!("pattern {text:?}: {error}"))?;
    Ok((pattern, *node))
}
