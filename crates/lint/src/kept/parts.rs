//! Parts of a document, and what each is: a hash over all that judging it, and only it, can see.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use ahash::{AHashMap, RandomState};
use document::{NodeId, Value};

use crate::openapi::METHODS;
use crate::subject::Subject;

/// A part's number; the same for as long as it has its place.
pub type PartId = u32;

type Name = (Arc<str>, Arc<Vec<String>>);

/// Numbers of places, kept from lint to lint.
#[derive(Default)]
pub struct Names(AHashMap<Name, PartId>);

impl Names {
    fn number(&mut self, name: Name) -> PartId {
        let next = self.0.len() as PartId;
        *self.0.entry(name).or_insert(next)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[derive(Clone, Copy)]
pub struct Part {
    pub node: NodeId,
    /// Of the text, of how it is built, and of where its references lead.
    pub hash: u64,
    /// Offset of its name, or of its value where it has none.
    pub start: u32,
}

/// The parts of one reading.
pub struct Parts {
    by_node: AHashMap<NodeId, PartId>,
    parts: Vec<Option<Part>>,
}

impl Parts {
    /// Nothing where parts are not told apart: aliases of YAML stand in several places.
    pub fn of(subject: &Subject, names: &mut Names, state: &RandomState) -> Option<Parts> {
        let files = subject.arena.sources.files().iter();
        let files: Vec<Arc<str>> = files.map(|file| file.name.as_str().into()).collect();
        let mut parts = Parts {
            by_node: AHashMap::new(),
            parts: Vec::new(),
        };
        for target in &subject.targets {
            let name = (files[target.file.0 as usize].clone(), target.path.clone());
            parts.add(target.node, names.number(name));
        }
        for (node, path) in edited(subject) {
            if !parts.by_node.contains_key(&node) {
                parts.add(node, names.number((files[0].clone(), Arc::new(path))));
            }
        }
        Weighing::new(subject, &mut parts, state)
            .all()
            .then_some(parts)
    }

    fn add(&mut self, node: NodeId, id: PartId) {
        self.by_node.insert(node, id);
        if self.parts.len() <= id as usize {
            self.parts.resize(id as usize + 1, None);
        }
        self.parts[id as usize] = Some(Part {
            node,
            hash: 0,
            start: 0,
        });
    }

    pub fn at(&self, node: NodeId) -> Option<PartId> {
        self.by_node.get(&node).copied()
    }

    pub fn get(&self, id: PartId) -> Option<Part> {
        self.parts.get(id as usize).copied().flatten()
    }
}

/// What people edit: path items and their operations, components, and what extensions keep of such things.
fn edited(subject: &Subject) -> Vec<(NodeId, Vec<String>)> {
    let arena = &subject.arena;
    let below = |node: NodeId, path: &[String]| -> Vec<(NodeId, Vec<String>)> {
        let members = arena.members(node).iter();
        members
            .map(|member| {
                let name = arena.key(member).to_owned();
                (member.value, path.iter().cloned().chain([name]).collect())
            })
            .collect()
    };
    let named = |name: &str| {
        let found = arena.get(subject.root(), name);
        found.map(|node| (node, vec![name.to_owned()]))
    };
    let mut found = Vec::new();
    for (paths, path) in ["paths", "webhooks"].into_iter().filter_map(named) {
        for (item, path) in below(paths, &path) {
            let is_operation = |(_, path): &(NodeId, Vec<String>)| {
                path.last()
                    .is_some_and(|name| METHODS.contains(&name.as_str()))
            };
            found.extend(below(item, &path).into_iter().filter(is_operation));
            found.push((item, path));
        }
    }
    if let Some((components, path)) = named("components") {
        for (kind, path) in below(components, &path) {
            found.extend(below(kind, &path));
        }
    }
    for (kind, path) in ["definitions", "responses", "parameters"]
        .into_iter()
        .filter_map(named)
    {
        found.extend(below(kind, &path));
    }
    for member in arena.members(subject.root()) {
        let name = arena.key(member);
        if name.starts_with("x-") {
            found.extend(below(member.value, &[name.to_owned()]));
        }
    }
    found
}

/// One pass over everything that is written.
struct Weighing<'w> {
    subject: &'w Subject,
    parts: &'w mut Parts,
    state: &'w RandomState,
    targets: Vec<u64>,
    shared: bool,
}

impl<'w> Weighing<'w> {
    fn new(subject: &'w Subject, parts: &'w mut Parts, state: &'w RandomState) -> Weighing<'w> {
        let files = subject.arena.sources.files();
        let targets = subject.targets.iter();
        let targets = targets
            .map(|target| state.hash_one((&files[target.file.0 as usize].name, &target.path)))
            .collect();
        Weighing {
            subject,
            parts,
            state,
            targets,
            shared: false,
        }
    }

    /// Whether each node stands in one place.
    fn all(mut self) -> bool {
        for (number, root) in self.subject.roots.iter().enumerate() {
            let file = &self.subject.arena.sources.files()[number];
            if let Some(root) = root {
                let start = self.subject.arena.node(*root).at;
                self.weigh(*root, start, file.base + file.bytes);
            }
        }
        !self.shared
    }

    /// How a part is built, its places relative to `start`; `next`: where what follows it begins.
    fn weigh(&mut self, node: NodeId, start: u32, next: u32) -> u64 {
        let arena = &self.subject.arena;
        let written = arena.node(node);
        self.shared |= written.is_shared();
        let mut hash = self.state.build_hasher();
        hash.write_u32(written.at.wrapping_sub(start));
        match arena.value(node) {
            Value::Object(members) => {
                self.holder(node, &mut hash);
                for (index, member) in members.iter().enumerate() {
                    let next = members.get(index + 1).map_or(next, |after| after.key_at);
                    hash.write_u32(member.key_at.wrapping_sub(start));
                    hash.write_u64(self.weigh(member.value, member.key_at, next));
                }
                hash.write_u32(members.len() as u32);
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let next = items
                        .get(index + 1)
                        .map_or(next, |after| arena.node(*after).at);
                    hash.write_u32(arena.node(*item).at.wrapping_sub(start));
                    hash.write_u64(self.weigh(*item, arena.node(*item).at, next));
                }
                hash.write_u32(items.len() as u32 | (1 << 31));
            }
            Value::Null => hash.write_u8(1),
            Value::Bool(value) => hash.write_u8(2 + u8::from(value)),
            Value::Int(value) => hash.write_u64(value as u64),
            Value::Float(value) => hash.write_u64(value.to_bits()),
            Value::Long(_) => hash.write_u8(4),
            Value::String(_) => hash.write_u8(5),
        }
        let own = self.parts.at(node);
        // What is a part is walked by itself: that is part of how the one around it is walked.
        hash.write_u8(u8::from(own.is_some()));
        let built = hash.finish();
        if let Some(id) = own
            && let Some(part) = &mut self.parts.parts[id as usize]
        {
            let rest = arena.sources.rest(start).as_bytes();
            let text = rest
                .get(..next.wrapping_sub(start) as usize)
                .unwrap_or(rest);
            part.start = start;
            part.hash = self.state.hash_one((built, text));
        }
        built
    }

    /// Where a reference leads, if anywhere, is part of what it is.
    fn holder(&self, node: NodeId, hash: &mut impl Hasher) {
        if let Some(target) = self.subject.references.get(&node) {
            self.targets[*target as usize].hash(hash);
        }
        if !self.subject.void.is_empty() && self.subject.void.contains(&node) {
            hash.write_u8(6);
        }
    }
}
