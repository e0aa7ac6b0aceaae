//! Which labels the parts of a message carry: for every vertex, the labels on it or on anything it leads to.
//!
//! Documents refer to themselves, so the graph is condensed into strongly connected components (Tarjan, without
//! recursion) of the vertices that reach a label at all; equal sets are kept once.

use std::collections::HashMap;

use crate::contract::graph::{Adjacency, Graph, VertexId};
use crate::contract::labels::Label;

/// Elements that all unions together may touch; beyond it, the contract is refused.
const MERGED: usize = 20_000_000;

/// Index of a set in [`LabelSets`]; 0 is the empty set.
pub type SetId = u32;

/// Different sets of label indices, each sorted.
pub struct LabelSets {
    sets: Vec<Box<[u32]>>,
    by_content: HashMap<Box<[u32]>, SetId>,
    unions: HashMap<Box<[SetId]>, SetId>,
    merged: usize,
}

impl Default for LabelSets {
    fn default() -> Self {
        let empty: Box<[u32]> = Box::default();
        LabelSets {
            sets: vec![empty.clone()],
            by_content: HashMap::from([(empty, 0)]),
            unions: HashMap::new(),
            merged: 0,
        }
    }
}

impl LabelSets {
    pub fn get(&self, set: SetId) -> &[u32] {
        &self.sets[set as usize]
    }

    /// All sets, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.sets.iter().map(AsRef::as_ref)
    }

    /// Whether the sets stayed within their bound. Where not, sets are incomplete and must not be used.
    pub fn is_complete(&self) -> bool {
        self.merged <= MERGED
    }

    /// The union of several sets.
    pub fn union(&mut self, sets: impl IntoIterator<Item = SetId>) -> SetId {
        let mut sets: Vec<SetId> = sets.into_iter().filter(|set| *set != 0).collect();
        sets.sort_unstable();
        sets.dedup();
        match sets[..] {
            [] => return 0,
            [only] => return only,
            _ if !self.is_complete() => return 0,
            _ => {}
        }
        if let Some(known) = self.unions.get(&sets[..]) {
            return *known;
        }
        let mut merged: Vec<u32> = sets
            .iter()
            .flat_map(|set| self.get(*set))
            .copied()
            .collect();
        self.merged += merged.len() + sets.len();
        merged.sort(); // sorted runs: the stable sort merges them
        merged.dedup();
        let union = self.intern(merged.into());
        self.unions.insert(sets.into(), union);
        union
    }

    fn intern(&mut self, set: Box<[u32]>) -> SetId {
        if let Some(known) = self.by_content.get(&set) {
            return *known;
        }
        let id = self.sets.len() as SetId;
        self.sets.push(set.clone());
        self.by_content.insert(set, id);
        id
    }
}

/// The labels of parts that every vertex reaches.
#[derive(Default)]
pub struct Reach {
    pub sets: LabelSets,
    of_vertex: Vec<SetId>,
}

impl Reach {
    pub fn new(graph: &Graph, labels: &[Label]) -> Reach {
        let mut reach = Reach {
            sets: LabelSets::default(),
            of_vertex: vec![0; graph.vertices.len()],
        };
        let mut labelled = Vec::new();
        for (index, label) in labels
            .iter()
            .enumerate()
            .filter(|(_, label)| label.kind.is_of_a_part())
        {
            let own = reach.sets.intern(Box::new([index as u32]));
            let set = &mut reach.of_vertex[label.vertex as usize];
            *set = reach.sets.union([*set, own]);
            labelled.push(label.vertex);
        }
        if !labelled.is_empty() {
            let leading = leading_to(graph, &labelled);
            Components::new(graph, leading).visit_all(&mut reach);
        }
        reach
    }

    pub fn of(&self, vertex: VertexId) -> SetId {
        self.of_vertex[vertex as usize]
    }
}

/// The vertices from which any of `labelled` can be reached.
fn leading_to(graph: &Graph, labelled: &[VertexId]) -> Vec<bool> {
    let backwards = Adjacency::new(
        graph.vertices.len(),
        graph.edges.iter().map(|(from, to)| (*to, *from)),
    );
    let mut leading = vec![false; graph.vertices.len()];
    let mut queue = labelled.to_vec();
    while let Some(vertex) = queue.pop() {
        if !std::mem::replace(&mut leading[vertex as usize], true) {
            queue.extend(backwards.targets_of(vertex));
        }
    }
    leading
}

/// Tarjan's algorithm (1972): components come out in reverse topological order, so that when one is complete,
/// the sets of everything it leads to are known.
struct Components {
    forwards: Adjacency,
    leading: Vec<bool>,
    /// Order of discovery, from 1; 0 is undiscovered.
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<VertexId>,
    discovered: u32,
}

impl Components {
    fn new(graph: &Graph, leading: Vec<bool>) -> Components {
        let vertices = graph.vertices.len();
        Components {
            forwards: Adjacency::new(vertices, graph.edges.iter().copied()),
            leading,
            index: vec![0; vertices],
            low: vec![0; vertices],
            on_stack: vec![false; vertices],
            stack: Vec::new(),
            discovered: 0,
        }
    }

    fn visit_all(mut self, reach: &mut Reach) {
        for vertex in 0..self.leading.len() as VertexId {
            if self.leading[vertex as usize] && self.index[vertex as usize] == 0 {
                self.visit(vertex, reach);
            }
        }
    }

    fn visit(&mut self, start: VertexId, reach: &mut Reach) {
        self.discover(start);
        let mut calls = vec![(start, 0)];
        while let Some((vertex, next)) = calls.pop() {
            match self.forwards.targets_of(vertex).get(next).copied() {
                Some(target) => {
                    calls.push((vertex, next + 1));
                    if self.enter(vertex, target) {
                        calls.push((target, 0));
                    }
                }
                None => {
                    self.leave(vertex, reach);
                    if let Some((parent, _)) = calls.last() {
                        let low = self.low[vertex as usize];
                        self.lower(*parent, low);
                    }
                }
            }
        }
    }

    fn discover(&mut self, vertex: VertexId) {
        self.discovered += 1;
        self.index[vertex as usize] = self.discovered;
        self.low[vertex as usize] = self.discovered;
        self.on_stack[vertex as usize] = true;
        self.stack.push(vertex);
    }

    /// Whether the target is new and must be visited.
    fn enter(&mut self, vertex: VertexId, target: VertexId) -> bool {
        if !self.leading[target as usize] {
            return false;
        }
        if self.index[target as usize] == 0 {
            self.discover(target);
            return true;
        }
        if self.on_stack[target as usize] {
            self.lower(vertex, self.index[target as usize]);
        }
        false
    }

    fn lower(&mut self, vertex: VertexId, low: u32) {
        let own = &mut self.low[vertex as usize];
        *own = low.min(*own);
    }

    /// Every target is done; when the vertex is the root of a component, the component is complete.
    fn leave(&mut self, vertex: VertexId, reach: &mut Reach) {
        if self.low[vertex as usize] != self.index[vertex as usize] {
            return;
        }
        let first = self
            .stack
            .iter()
            .rposition(|other| *other == vertex)
            .unwrap_or(0);
        let members = self.stack.split_off(first);
        let mut sets = Vec::new();
        for member in &members {
            self.on_stack[*member as usize] = false;
            sets.push(reach.of(*member));
            sets.extend(
                self.forwards
                    .targets_of(*member)
                    .iter()
                    .map(|target| reach.of(*target)),
            );
        }
        let set = reach.sets.union(sets);
        for member in members {
            reach.of_vertex[member as usize] = set;
        }
    }
}
