//! The parts of a contract as vertices, and what leads from one to another.

use ahash::{HashMap, HashSet};

use crate::arena::{Arena, NodeId};
use crate::contract::grammar::Part;
use crate::source::Text;

/// Index of a part in [`Graph`].
pub type VertexId = u32;

const NONE: u32 = u32::MAX;

/// References to references followed from one place; cycles are reported elsewhere.
const REFERENCE_CHAIN: usize = 100;

/// A node in a role. One node may have several: a fragment file can be a schema here and a header there.
#[derive(Clone, Copy, Debug)]
pub struct Vertex {
    pub node: NodeId,
    pub part: Part,
    /// A schema that is the value of a property.
    pub property: bool,
    /// Key (or nothing) under which it was found first.
    pub key: Text,
    /// Next vertex of the same node.
    next: u32,
}

#[derive(Default)]
pub struct Graph {
    pub vertices: Vec<Vertex>,
    /// Per node, its first vertex.
    first: Vec<u32>,
    /// `(from, to)`: the parts a message of `from` consists of. Callbacks, links and a path item's operations
    /// are no parts in that sense.
    pub edges: Vec<(VertexId, VertexId)>,
    /// Where a `$ref` leads; at most one per vertex.
    pub references: Vec<(VertexId, VertexId)>,
    /// What the values of discriminators' mappings choose.
    pub choices: Vec<(NodeId, VertexId)>,
    /// Schemas with a discriminator, and those that inherit from them.
    pub heirs: Vec<(VertexId, VertexId)>,
    /// Schemas that have a name: components, and what references mean. Others are written where they are used.
    pub named: HashSet<VertexId>,
    /// Lists and maps that are references, and the lists and maps they mean.
    pub holders: Vec<(NodeId, NodeId)>,
}

impl Graph {
    /// The vertex of a node in a role, and whether it is new.
    pub fn vertex(
        &mut self,
        node: NodeId,
        part: Part,
        property: bool,
        key: Text,
    ) -> (VertexId, bool) {
        if let Some(known) = self.find(node, part) {
            return (known, false);
        }
        let slot = node.0 as usize;
        if self.first.len() <= slot {
            self.first.resize(slot + 1, NONE);
        }
        let id = self.vertices.len() as u32;
        self.vertices.push(Vertex {
            node,
            part,
            property,
            key,
            next: self.first[slot],
        });
        self.first[slot] = id;
        (id, true)
    }

    pub fn find(&self, node: NodeId, part: Part) -> Option<VertexId> {
        let mut at = self.first.get(node.0 as usize).copied().unwrap_or(NONE);
        while at != NONE {
            let vertex = &self.vertices[at as usize];
            if vertex.part == part {
                return Some(at);
            }
            at = vertex.next;
        }
        None
    }

    pub fn node(&self, vertex: VertexId) -> NodeId {
        self.vertices[vertex as usize].node
    }
}

/// Edges by their source: `targets_of` is one slice.
pub struct Adjacency {
    start: Vec<u32>,
    targets: Vec<VertexId>,
}

impl Adjacency {
    pub fn new(
        vertices: usize,
        edges: impl Iterator<Item = (VertexId, VertexId)> + Clone,
    ) -> Adjacency {
        let mut start = vec![0u32; vertices + 1];
        for (from, _) in edges.clone() {
            start[from as usize + 1] += 1;
        }
        for vertex in 0..vertices {
            start[vertex + 1] += start[vertex];
        }
        let mut next = start.clone();
        let mut targets = vec![0; start[vertices] as usize];
        for (from, to) in edges {
            targets[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Adjacency { start, targets }
    }

    pub fn targets_of(&self, vertex: VertexId) -> &[VertexId] {
        let vertex = vertex as usize;
        &self.targets[self.start[vertex] as usize..self.start[vertex + 1] as usize]
    }
}

/// An object that is a Reference Object: its `$ref` is text.
pub fn reference_of(arena: &Arena, node: NodeId) -> Option<NodeId> {
    arena
        .get(node, "$ref")
        .filter(|reference| arena.string(*reference).is_some())
}

/// The vertex of a node and those its references lead to, in order. `next`: where the reference of a vertex leads.
pub fn chain(
    graph: &Graph,
    next: &HashMap<VertexId, VertexId>,
    node: NodeId,
    part: Part,
) -> impl Iterator<Item = VertexId> {
    let first = graph.find(node, part);
    std::iter::successors(first, |vertex| next.get(vertex).copied()).take(REFERENCE_CHAIN)
}
