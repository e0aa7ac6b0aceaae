//! Paths, webhooks and callbacks: which operations are shown, and what an operation cannot be shown without.

use std::collections::HashSet;

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::contract::{METHODS, Part};

use super::super::Audience;
use super::super::visibility::PathItems;
use super::Writer;

/// What of the contract's operations is in the projected document.
#[derive(Default)]
pub struct Shown {
    /// Index of the path, method.
    operations: HashSet<(u32, &'static str)>,
    pub ids: HashSet<String>,
    pub tags: HashSet<String>,
    /// For links that name an operation by its place.
    pub nodes: HashSet<NodeId>,
}

/// Why path items and operations are shown.
#[derive(Clone, Copy)]
pub enum Granted {
    /// Operation by operation: what the ring is served on this path.
    Served(u32),
    /// With the operation that calls back, unless a label is narrower.
    CalledBack,
    /// By its own labels.
    Webhook,
}

impl<'w, 'c> Writer<'w, 'c> {
    /// Works out which operations there are before any is written: links ask for them.
    pub fn find_shown(&mut self) {
        let items = PathItems::of(self.contract, self.visibility);
        for index in self.view.operations {
            let facts = &self.contract.facts;
            let Some(fact) = facts.operations.get(*index as usize) else {
                continue;
            };
            let Some(operation) = self.visibility.vertex(fact.node, Part::Operation) else {
                continue;
            };
            if self.is_whole(items.of_path(fact.path), operation) {
                self.shown.operations.insert((fact.path, fact.method));
                self.shown.nodes.insert(fact.node);
                self.shown.ids.extend(fact.id.clone());
            }
        }
    }

    /// Whether nothing is hidden that an operation cannot be described without.
    fn is_whole(&mut self, chain: &[VertexId], operation: VertexId) -> bool {
        let missing = self.visibility.missing(chain, operation);
        if let Some(missing) = &missing {
            self.warn(missing.node, missing.code, missing.message, missing.help);
        }
        missing.is_none()
    }

    pub fn paths(&mut self) {
        let Some(paths) = self.arena().get(self.contract.root, "paths") else {
            self.sink.open_object();
            return self.sink.close();
        };
        self.sink.open_object();
        let mut path = 0;
        for member in self.arena().members(paths) {
            let key = self.arena().key(member);
            if Part::Paths.slot(key).is_none() {
                if !self.is_outer() {
                    self.unknown(key, member.value);
                }
                continue;
            }
            if METHODS
                .iter()
                .any(|method| self.shown.operations.contains(&(path, method)))
            {
                self.sink.key(key);
                self.path_item(member.value, Granted::Served(path));
            }
            path += 1;
        }
        self.sink.close();
    }

    pub fn path_item(&mut self, node: NodeId, granted: Granted) {
        let Some(item) = self.visibility.vertex(node, Part::PathItem) else {
            self.sink.open_object();
            return self.sink.close();
        };
        let chain: Vec<VertexId> = self.ground().chain(item).collect();
        let mut written = HashSet::new();
        self.sink.open_object();
        for part in &chain {
            for member in self.arena().members(self.ground().node(*part)) {
                let key = self.arena().key(member);
                if !written.insert(key) {
                    continue;
                }
                match METHODS.into_iter().find(|method| *method == key) {
                    Some(method) => self.operation_of(&chain, method, member.value, granted),
                    None => self.member(*part, Part::PathItem, member),
                }
            }
        }
        self.sink.close();
    }

    fn operation_of(
        &mut self,
        chain: &[VertexId],
        method: &'static str,
        node: NodeId,
        granted: Granted,
    ) {
        let Some(operation) = self.visibility.vertex(node, Part::Operation) else {
            return;
        };
        if !self.is_granted(chain, operation, method, granted) || self.is_within_itself(operation) {
            return;
        }
        self.written_out += 1;
        if self.is_too_long() {
            return;
        }
        self.inlined.push(operation);
        self.sink.key(method);
        self.operation(operation, matches!(granted, Granted::Served(_)));
        self.inlined.pop();
    }

    pub fn is_granted(
        &mut self,
        chain: &[VertexId],
        operation: VertexId,
        method: &'static str,
        granted: Granted,
    ) -> bool {
        let ring = self.view.ring;
        match granted {
            Granted::Served(path) => self.shown.operations.contains(&(path, method)),
            Granted::CalledBack => {
                self.labels(chain, operation)
                    .all(|label| label.reaches(ring))
                    && self.is_whole(chain, operation)
            }
            Granted::Webhook => {
                let granted = self.labels(chain, operation).min();
                granted.unwrap_or(Audience::Internal).reaches(ring)
                    && self.view.widest.reaches(ring)
                    && self.is_whole(chain, operation)
                    && self.has_visible_tags(operation)
            }
        }
    }

    /// Labels on an operation and its path item.
    fn labels(
        &self,
        chain: &[VertexId],
        operation: VertexId,
    ) -> impl Iterator<Item = Audience> + use<> {
        let holders = chain.iter().chain([&operation]);
        let labels: Vec<Audience> = holders
            .map(|holder| self.ground().node(*holder))
            .filter(|node| self.arena().get(*node, "x-audience").is_some())
            .map(|node| self.visibility.says(node, "x-audience"))
            .collect();
        labels.into_iter()
    }

    fn has_visible_tags(&self, operation: VertexId) -> bool {
        let tags = self.ground().get(operation, "tags");
        let names = tags
            .map(|tags| self.arena().items(tags))
            .unwrap_or_default();
        names
            .iter()
            .filter_map(|name| written(self.arena(), *name))
            .all(|name| self.shows_tag(&name))
    }

    /// Whether no tag of this name is labelled narrower.
    pub fn shows_tag(&self, name: &str) -> bool {
        !self.hidden_tags.contains(name)
    }
}
