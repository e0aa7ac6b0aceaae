//! From merged nodes to a graph: what no body leads to goes, and nodes that say the same are one.

use std::collections::HashMap;

use wall::bundle::{FilterNode, NodeIndex};

pub struct Graph {
    pub nodes: Vec<FilterNode>,
}

/// Rounds in which nodes are told to be the same. Cycles that repeat each other stay apart, which costs room only.
const ROUNDS: usize = 16;

/// `roots` become numbers of the graph's.
pub fn tidy(nodes: &[FilterNode], roots: &mut [NodeIndex]) -> Graph {
    let representative = representatives(nodes);
    let mut numbers: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut order: Vec<NodeIndex> = Vec::new();
    let mut number = |node: NodeIndex, order: &mut Vec<NodeIndex>| {
        let node = representative[node as usize];
        *numbers.entry(node).or_insert_with(|| {
            order.push(node);
            order.len() as NodeIndex - 1
        })
    };
    for root in roots.iter_mut() {
        *root = number(*root, &mut order);
    }
    let mut written = Vec::new();
    while let Some(node) = order.get(written.len()) {
        let node = nodes[*node as usize].clone();
        written.push(renumbered(node, |successor| number(successor, &mut order)));
    }
    Graph { nodes: written }
}

/// For each node the first that says the same.
fn representatives(nodes: &[FilterNode]) -> Vec<NodeIndex> {
    let mut representative: Vec<NodeIndex> = (0..nodes.len() as NodeIndex).collect();
    for _ in 0..ROUNDS {
        let mut first: HashMap<FilterNode, NodeIndex> = HashMap::new();
        let mut next = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let node = renumbered(node.clone(), |successor| representative[successor as usize]);
            next.push(*first.entry(node).or_insert(index as NodeIndex));
        }
        if next == representative {
            break;
        }
        representative = next;
    }
    representative
}

fn renumbered(mut node: FilterNode, mut number: impl FnMut(NodeIndex) -> NodeIndex) -> FilterNode {
    if let Some(object) = &mut node.object {
        let named = object.properties.iter_mut().chain(&mut object.patterns);
        named.for_each(|(_, node)| *node = number(*node));
        object.additional = object.additional.map(&mut number);
    }
    if let Some(union) = &mut node.union {
        union
            .mapping
            .iter_mut()
            .for_each(|(_, node)| *node = number(*node));
        union.otherwise = union.otherwise.map(&mut number);
    }
    if let Some(array) = &mut node.array {
        array
            .prefix
            .iter_mut()
            .for_each(|node| *node = number(*node));
        array.items = array.items.map(&mut number);
    }
    node
}
