//! From merged nodes to a graph: what no body leads to goes, and nodes that say the same are one.

use ahash::HashMap;

use wall::bundle::{FilterNode, NodeIndex};

pub struct Graph {
    pub nodes: Vec<FilterNode>,
}

/// Rounds in which nodes that seemed to be the same are told apart; where it takes more, all stay, which costs room.
const ROUNDS: usize = 64;

/// `roots` become numbers of the graph's.
pub fn tidy(nodes: &[FilterNode], roots: &mut [NodeIndex]) -> Graph {
    let representative = representatives(nodes);
    let mut numbers: HashMap<NodeIndex, NodeIndex> = HashMap::default();
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

/// For each node the first that says the same. Nodes are told apart by what they say themselves first, then again by
/// what those they name turned out to be.
fn representatives(nodes: &[FilterNode]) -> Vec<NodeIndex> {
    let mut representative = first_of_each(nodes.iter().map(own_words));
    for _ in 0..ROUNDS {
        let words = |index: usize| {
            let successors = nodes[index].successors();
            let successors = successors.map(|successor| representative[successor as usize]);
            (representative[index], successors.collect::<Vec<_>>())
        };
        let next = first_of_each((0..nodes.len()).map(words));
        if next == representative {
            return representative;
        }
        representative = next;
    }
    (0..nodes.len() as NodeIndex).collect()
}

/// A node without whom it names.
fn own_words(node: &FilterNode) -> FilterNode {
    renumbered(node.clone(), |_| 0)
}

fn first_of_each<T: Eq + std::hash::Hash>(all: impl Iterator<Item = T>) -> Vec<NodeIndex> {
    let mut first = HashMap::default();
    let numbered = all.zip(0..);
    numbered
        .map(|(one, index)| *first.entry(one).or_insert(index))
        .collect()
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
