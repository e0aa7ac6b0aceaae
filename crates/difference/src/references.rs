//! Where each object with a `$ref` leads.

use std::collections::HashMap;

use document::{Contract, NodeId};

/// References followed before they count as a circle.
const HOPS: usize = 64;

/// From an object with a `$ref` to what it stands for.
pub struct References(HashMap<NodeId, NodeId>);

impl References {
    pub fn of(contract: &Contract) -> References {
        References(contract.references().collect())
    }

    /// One step; nothing for what is no reference, or leads nowhere.
    pub fn next(&self, node: NodeId) -> Option<NodeId> {
        self.0.get(&node).copied()
    }

    /// What a node stands for in the end; itself when it is no reference. A circle ends somewhere in it.
    pub fn end(&self, mut node: NodeId) -> NodeId {
        for _ in 0..HOPS {
            match self.next(node) {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// Everything some reference leads to, once each, in the order of the document.
    pub fn targets(&self) -> Vec<NodeId> {
        let mut targets: Vec<NodeId> = self.0.values().copied().collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }
}
