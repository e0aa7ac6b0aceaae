//! The parts of a contract as the walker found them, with references and misplaced references followed.

use ahash::HashMap;

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::graph::{Graph, VertexId, reference_of};
use crate::contract::{Contract, Part};

/// References to references followed from one place; cycles of them keep a contract from loading.
const REFERENCE_CHAIN: usize = 100;

/// How a schema applies to the very value another one applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InPlace {
    /// Wherever the other one does: `allOf`, `$ref`; and `not` and `if`, which look at the same value.
    Always,
    /// Only to some values: `oneOf`, `anyOf`, `then`, `else`, `dependentSchemas`.
    Sometimes,
}

pub struct Ground<'c> {
    pub arena: &'c Arena,
    pub graph: &'c Graph,
    /// Where the reference of each vertex leads.
    next: Vec<Option<VertexId>>,
    holders: HashMap<NodeId, NodeId>,
    choices: HashMap<NodeId, VertexId>,
    heirs: HashMap<VertexId, Vec<VertexId>>,
}

impl<'c> Ground<'c> {
    pub fn new(contract: &'c Contract) -> Ground<'c> {
        let graph = &contract.graph;
        let mut heirs: HashMap<VertexId, Vec<VertexId>> = HashMap::default();
        for (base, heir) in &graph.heirs {
            heirs.entry(*base).or_default().push(*heir);
        }
        let mut next = vec![None; graph.vertices.len()];
        for (from, to) in &graph.references {
            next[*from as usize] = Some(*to);
        }
        Ground {
            arena: &contract.arena,
            graph,
            next,
            holders: graph.holders.iter().copied().collect(),
            choices: graph.choices.iter().copied().collect(),
            heirs,
        }
    }

    pub fn node(&self, vertex: VertexId) -> NodeId {
        self.graph.node(vertex)
    }

    pub fn part(&self, vertex: VertexId) -> Part {
        self.graph.vertices[vertex as usize].part
    }

    pub fn vertices(&self) -> impl Iterator<Item = VertexId> + use<> {
        0..self.graph.vertices.len() as VertexId
    }

    pub fn schemas(&self) -> impl Iterator<Item = VertexId> {
        self.vertices()
            .filter(|vertex| self.part(*vertex) == Part::Schema)
    }

    /// The key under which a part was found first: of a component its name.
    pub fn key(&self, vertex: VertexId) -> &'c str {
        let key = self.graph.vertices[vertex as usize].key;
        self.arena.sources.text(key)
    }

    pub fn get(&self, vertex: VertexId, key: &str) -> Option<NodeId> {
        self.arena.get(self.node(vertex), key)
    }

    /// Whether the vertex itself says `true` of something.
    pub fn is_true(&self, vertex: VertexId, key: &str) -> bool {
        let said = self.get(vertex, key);
        said.is_some_and(|value| matches!(self.arena.value(value), Value::Bool(true)))
    }

    /// Where the vertex's `$ref` leads.
    pub fn target(&self, vertex: VertexId) -> Option<VertexId> {
        self.next[vertex as usize]
    }

    /// The vertex and those its references lead to, in order.
    pub fn chain(&self, vertex: VertexId) -> impl Iterator<Item = VertexId> {
        std::iter::successors(Some(vertex), |vertex| self.target(*vertex)).take(REFERENCE_CHAIN)
    }

    /// The schema a value of a discriminator's mapping chooses.
    pub fn chosen(&self, value: NodeId) -> Option<VertexId> {
        self.choices.get(&value).copied()
    }

    /// Whether what a schema lists as its alternatives can be told apart by its discriminator: not where its mapping
    /// has values and none leads to a schema. A document was put together of several and its mapping forgotten; the
    /// values it reads mean nothing then.
    pub fn can_tell_apart(&self, schema: VertexId) -> bool {
        let discriminator = self.get(schema, "discriminator");
        let mapping = discriminator.and_then(|said| self.arena.get(said, "mapping"));
        let values = mapping.map(|mapping| self.arena.members(mapping));
        let values = values.unwrap_or_default();
        let has_alternatives = ["oneOf", "anyOf"].map(|key| self.get(schema, key).is_some());
        !has_alternatives.contains(&true)
            || values.is_empty()
            || values.iter().any(|one| self.chosen(one.value).is_some())
    }

    /// Whether a schema is a component, or what a reference means.
    pub fn is_named(&self, schema: VertexId) -> bool {
        self.graph.named.contains(&schema)
    }

    /// Schemas that inherit from a schema with a discriminator.
    pub fn heirs(&self, base: VertexId) -> &[VertexId] {
        self.heirs.get(&base).map(Vec::as_slice).unwrap_or_default()
    }

    /// The single part under a key.
    pub fn one(&self, vertex: VertexId, key: &str, part: Part) -> Option<VertexId> {
        self.graph.find(self.get(vertex, key)?, part)
    }

    pub fn schema(&self, vertex: VertexId, key: &str) -> Option<VertexId> {
        self.one(vertex, key, Part::Schema)
    }

    /// A list or map, where a reference stands for it what that means.
    pub fn holder(&self, value: NodeId) -> NodeId {
        let meant = reference_of(self.arena, value).and_then(|at| self.holders.get(&at));
        meant.copied().unwrap_or(value)
    }

    /// The parts of a list.
    pub fn list(&self, vertex: VertexId, key: &str, part: Part) -> Vec<VertexId> {
        let items = self
            .get(vertex, key)
            .map(|list| self.arena.items(self.holder(list)));
        let found = |item: &NodeId| self.graph.find(*item, part);
        items.unwrap_or_default().iter().filter_map(found).collect()
    }

    /// The parts of a map; what is none (a label, a list of names in `dependencies`) is left out.
    pub fn map(&self, vertex: VertexId, key: &str, part: Part) -> Vec<(&'c Member, VertexId)> {
        self.get(vertex, key)
            .map(|map| self.parts_of(map, part))
            .unwrap_or_default()
    }

    pub fn parts_of(&self, map: NodeId, part: Part) -> Vec<(&'c Member, VertexId)> {
        let members = self.arena.members(self.holder(map)).iter();
        let found = |member: &'c Member| Some((member, self.graph.find(member.value, part)?));
        members.filter_map(found).collect()
    }

    /// Schemas that apply to the value this one applies to.
    pub fn in_place(&self, schema: VertexId) -> Vec<(VertexId, InPlace)> {
        use InPlace::*;
        let mut found: Vec<_> = self
            .target(schema)
            .into_iter()
            .map(|to| (to, Always))
            .collect();
        for member in self.arena.members(self.node(schema)) {
            let key = self.arena.key(member);
            match key {
                "allOf" => found.extend(self.each(schema, key, Always)),
                "anyOf" | "oneOf" => found.extend(self.each(schema, key, Sometimes)),
                "not" | "if" => found.extend(self.schema(schema, key).map(|one| (one, Always))),
                "then" | "else" => {
                    found.extend(self.schema(schema, key).map(|one| (one, Sometimes)));
                }
                "dependentSchemas" | "dependencies" => {
                    let dependents = self.map(schema, key, Part::Schema).into_iter();
                    found.extend(dependents.map(|(_, one)| (one, Sometimes)));
                }
                _ => {}
            }
        }
        found
    }

    fn each(&self, schema: VertexId, key: &str, how: InPlace) -> Vec<(VertexId, InPlace)> {
        let branches = self.list(schema, key, Part::Schema).into_iter();
        branches.map(|branch| (branch, how)).collect()
    }

    /// Schemas of the list's items by position, older documents' list in `items` included.
    pub fn positions(&self, schema: VertexId) -> Vec<VertexId> {
        let mut found = self.list(schema, "prefixItems", Part::Schema);
        found.extend(self.list(schema, "items", Part::Schema));
        found
    }
}
