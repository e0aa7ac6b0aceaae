//! Hashes that go through references, documents that refer to themselves included.
//!
//! A target's hash is over all targets it leads to: those it leads to in a circle are hashed together (Tarjan's
//! strongly connected components), the rest were hashed before.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, Hasher};

use ahash::RandomState;
use document::{Arena, Contract, NodeId, Value};

use crate::meaning::{Reading, reading};
use crate::references::References;

/// Secret of one comparison, so that nobody can write two parts that differ under one hash.
#[derive(Clone)]
pub struct Key(RandomState);

impl Default for Key {
    fn default() -> Key {
        Key(RandomState::new())
    }
}

/// The hash of every part of a contract.
pub struct Hashes {
    of_parts: Vec<u64>,
}

impl Hashes {
    pub fn of(contract: &Contract, references: &References, key: &Key) -> Hashes {
        let mut own = Bottom::new(&contract.arena, references, key, None);
        let targets = references.targets();
        let index: HashMap<NodeId, usize> = targets
            .iter()
            .enumerate()
            .map(|(at, node)| (*node, at))
            .collect();
        let links: Vec<Vec<Link>> = targets
            .iter()
            .map(|target| own.links(*target, &index))
            .collect();
        let alone: Vec<u64> = targets
            .iter()
            .map(|target| own.hash(*target, Reading::Part))
            .collect();
        let through = through_circles(&alone, &links, key);
        let known: HashMap<NodeId, u64> = targets.into_iter().zip(through).collect();
        let mut whole = Bottom::new(&contract.arena, references, key, Some(&known));
        whole.hash(contract.root, Reading::Part);
        for target in known.keys() {
            whole.hash(*target, Reading::Part);
        }
        Hashes {
            of_parts: whole.parts,
        }
    }

    /// Nothing for what no part of the contract reaches.
    pub fn part(&self, node: NodeId) -> Option<u64> {
        self.of_parts
            .get(node.0 as usize)
            .copied()
            .filter(|hash| *hash != UNKNOWN)
    }
}

const UNKNOWN: u64 = 0;

/// Hashes values bottom up. Without `targets`, references count by their text only.
struct Bottom<'a> {
    arena: &'a Arena,
    references: &'a References,
    key: &'a Key,
    targets: Option<&'a HashMap<NodeId, u64>>,
    parts: Vec<u64>,
    others: HashMap<(NodeId, Reading), u64>,
}

impl<'a> Bottom<'a> {
    fn new(
        arena: &'a Arena,
        references: &'a References,
        key: &'a Key,
        targets: Option<&'a HashMap<NodeId, u64>>,
    ) -> Bottom<'a> {
        Bottom {
            arena,
            references,
            key,
            targets,
            parts: vec![UNKNOWN; arena.node_count()],
            others: HashMap::new(),
        }
    }

    fn known(&self, node: NodeId, how: Reading) -> Option<u64> {
        match how {
            Reading::Part => Some(self.parts[node.0 as usize]).filter(|hash| *hash != UNKNOWN),
            _ => self.others.get(&(node, how)).copied(),
        }
    }

    /// Recursion is as deep as the document, which parsing bounds; references are not followed.
    fn hash(&mut self, node: NodeId, how: Reading) -> u64 {
        if let Some(known) = self.known(node, how) {
            return known;
        }
        let hash = self.computed(node, how).max(1);
        match how {
            Reading::Part => self.parts[node.0 as usize] = hash,
            // Scalars are cheaper to hash than to remember.
            _ if matches!(self.arena.value(node), Value::Array(_) | Value::Object(_)) => {
                self.others.insert((node, how), hash);
            }
            _ => {}
        }
        hash
    }

    fn computed(&mut self, node: NodeId, how: Reading) -> u64 {
        let mut state = self.key.0.build_hasher();
        match self.arena.value(node) {
            Value::Null => 0u8.hash(&mut state),
            Value::Bool(truth) => (1u8, truth).hash(&mut state),
            Value::Int(int) => (2u8, (int as f64).to_bits(), int).hash(&mut state),
            Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => {
                (2u8, float.to_bits(), float as i64).hash(&mut state)
            }
            Value::Float(float) => (3u8, float.to_bits()).hash(&mut state),
            Value::Long(digits) => (4u8, digits).hash(&mut state),
            Value::String(text) => (5u8, text).hash(&mut state),
            Value::Array(items) => {
                (6u8, items.len()).hash(&mut state);
                let below = if how == Reading::Data {
                    how
                } else {
                    Reading::Part
                };
                for item in items {
                    self.hash(*item, below).hash(&mut state);
                }
            }
            Value::Object(_) => return self.object(node, how),
        }
        state.finish()
    }

    /// The order of members means nothing, so their hashes are added.
    fn object(&mut self, node: NodeId, how: Reading) -> u64 {
        let mut sum = 0u64;
        for member in self.arena.members(node) {
            let key = self.arena.key(member);
            if let Some(below) = reading(how, key) {
                let value = self.hash(member.value, below);
                sum = sum.wrapping_add(self.key.0.hash_one((key, value)));
            }
        }
        let target = self
            .targets
            .zip(self.references.next(node))
            .and_then(|(known, at)| known.get(&at));
        self.key.0.hash_one((7u8, sum, target))
    }

    /// What the references within a part lead to, itself included where it is one.
    fn links(&self, part: NodeId, index: &HashMap<NodeId, usize>) -> Vec<Link> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut left = vec![(part, Reading::Part)];
        while let Some((node, how)) = left.pop() {
            let to = self
                .references
                .next(node)
                .and_then(|target| index.get(&target));
            if let Some(to) = to {
                let text = self.key.0.hash_one(self.arena.get_string(node, "$ref"));
                found.push(Link { to: *to, text });
            }
            // What several parents hold is looked into once.
            if self.arena.node(node).is_shared() && !seen.insert((node, how)) {
                continue;
            }
            match self.arena.value(node) {
                Value::Array(items) => left.extend(items.iter().map(|item| (*item, how))),
                Value::Object(members) => left.extend(members.iter().filter_map(|member| {
                    reading(how, self.arena.key(member)).map(|below| (member.value, below))
                })),
                _ => {}
            }
        }
        found
    }
}

/// A reference from one target to another.
struct Link {
    to: usize,
    /// Hash of the reference as it is written.
    text: u64,
}

/// Each target's hash with all it leads to. `alone`: what each hashes to without what it leads to.
fn through_circles(alone: &[u64], links: &[Vec<Link>], key: &Key) -> Vec<u64> {
    let mut hashes = vec![UNKNOWN; alone.len()];
    for circle in circles(links) {
        let mut edges: Vec<u64> = Vec::new();
        for at in &circle {
            for link in &links[*at] {
                // Unknown: it is within the circle.
                let to = if hashes[link.to] == UNKNOWN {
                    (0, alone[link.to])
                } else {
                    (1, hashes[link.to])
                };
                edges.push(key.0.hash_one((alone[*at], link.text, to)));
            }
        }
        edges.sort_unstable();
        edges.dedup();
        for at in circle {
            hashes[at] = key.0.hash_one((alone[at], &edges)).max(1);
        }
    }
    hashes
}

/// Strongly connected components, each after all it leads to (Tarjan), without recursion.
fn circles(links: &[Vec<Link>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; links.len()];
    let mut low = vec![0; links.len()];
    let mut open = vec![false; links.len()];
    let (mut stack, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..links.len() {
        if order[start] != NEW {
            continue;
        }
        let mut path = vec![(start, 0)];
        while let Some((at, edge)) = path.pop() {
            if edge == 0 {
                (order[at], low[at], open[at]) = (next, next, true);
                next += 1;
                stack.push(at);
            } else {
                let back = links[at][edge - 1].to;
                if open[back] {
                    low[at] = low[at].min(low[back]);
                }
            }
            let Some(to) = links[at].get(edge).map(|link| link.to) else {
                if low[at] == order[at] {
                    let from = stack.iter().rposition(|one| *one == at).unwrap_or(0);
                    let circle: Vec<usize> = stack.drain(from..).collect();
                    circle.iter().for_each(|one| open[*one] = false);
                    found.push(circle);
                }
                continue;
            };
            path.push((at, edge + 1));
            if order[to] == NEW {
                path.push((to, 0));
            } else if open[to] {
                low[at] = low[at].min(order[to]);
            }
        }
    }
    found
}
