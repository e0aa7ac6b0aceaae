//! Paths, webhooks and callbacks: which operations are shown, and what an operation cannot be shown without.

use std::collections::{BTreeSet, HashSet};

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::contract::{METHODS, Part};

use super::super::Audience;
use super::super::vocabulary::SCOPES;
use super::Writer;

/// What of the contract's operations is in the projected document.
#[derive(Default)]
pub struct Shown {
    /// Index of the path, method.
    operations: HashSet<(u32, &'static str)>,
    pub ids: HashSet<String>,
    pub tags: HashSet<String>,
    /// `#/paths/…` of each operation by its node.
    pub nodes: HashSet<NodeId>,
}

/// Why path items and operations are shown.
#[derive(Clone, Copy)]
enum Granted {
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
        let chains = self.path_chains();
        for index in self.view.operations {
            let facts = &self.contract.facts;
            let Some(fact) = facts.operations.get(*index as usize) else {
                continue;
            };
            let Some(operation) = self.visibility.vertex(fact.node, Part::Operation) else {
                continue;
            };
            let chain = chains.get(fact.path as usize).map(Vec::as_slice);
            if self.is_whole(chain.unwrap_or_default(), operation) {
                self.shown.operations.insert((fact.path, fact.method));
                self.shown.nodes.insert(fact.node);
                self.shown.ids.extend(fact.id.clone());
            }
        }
    }

    /// Per path, in the order of the facts, the path item and what it refers to.
    fn path_chains(&self) -> Vec<Vec<VertexId>> {
        let paths = self.arena().get(self.contract.root, "paths");
        let members = paths
            .map(|paths| self.arena().members(paths))
            .unwrap_or_default();
        let is_path = |key: &str| Part::Paths.slot(key).is_some();
        let items = members
            .iter()
            .filter(|member| is_path(self.arena().key(member)));
        let chain = |item: VertexId| self.ground().chain(item).collect();
        items
            .map(|item| self.visibility.vertex(item.value, Part::PathItem))
            .map(|item| item.map(chain).unwrap_or_default())
            .collect()
    }

    /// Whether nothing is hidden that an operation cannot be described without.
    fn is_whole(&mut self, chain: &[VertexId], operation: VertexId) -> bool {
        let holders = chain.iter().chain([&operation]).copied();
        let parameters: Vec<VertexId> = holders
            .flat_map(|holder| self.ground().list(holder, "parameters", Part::Parameter))
            .filter(|parameter| !self.visibility.shows(*parameter))
            .collect();
        for parameter in parameters {
            let last = self.ground().chain(parameter).last().unwrap_or(parameter);
            let node = self.ground().node(last);
            if self.arena().get_string(node, "in") == Some("path") {
                self.warn(
                    node,
                    "projection-path-parameter",
                    "no path can be shown without its parameter: its operations are not shown",
                    "Label the operations, or take the label from the parameter.",
                );
                return false;
            }
        }
        self.has_answers_left(operation)
    }

    fn has_answers_left(&mut self, operation: VertexId) -> bool {
        let Some(responses) = self.ground().one(operation, "responses", Part::Responses) else {
            return true;
        };
        let chain: Vec<VertexId> = self.ground().chain(responses).collect();
        let last = chain.last().copied().unwrap_or(responses);
        let node = self.ground().node(last);
        let all = self.ground().parts_of(node, Part::Response);
        let is_shown = |vertex: VertexId| self.visibility.shows(vertex);
        let left = chain.into_iter().all(is_shown)
            && (all.is_empty() || all.iter().any(|(_, response)| is_shown(*response)));
        if !left {
            self.warn(
                node,
                "projection-no-response",
                "every response of this operation is narrower than the operation: it is not shown",
                "Label the operation, or declare a response for all who may call it.",
            );
        }
        left
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
                    self.copy(key, member.value);
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

    fn path_item(&mut self, node: NodeId, granted: Granted) {
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
        if !self.is_granted(chain, operation, method, granted) || self.inlined.contains(&operation)
        {
            return;
        }
        self.inlined.push(operation);
        self.sink.key(method);
        self.operation(operation, matches!(granted, Granted::Served(_)));
        self.inlined.pop();
    }

    fn is_granted(
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
    fn shows_tag(&self, name: &str) -> bool {
        !self.hidden_tags.contains(name)
    }

    fn operation(&mut self, operation: VertexId, served: bool) {
        let node = self.ground().node(operation);
        let target = self.ground().target(operation);
        self.sink.open_object();
        for member in self.arena().members(node) {
            if self.arena().key(member) != SCOPES {
                self.member(operation, Part::Operation, member);
            }
        }
        for member in target
            .map(|target| self.arena().members(self.ground().node(target)))
            .unwrap_or_default()
        {
            if self.arena().get(node, self.arena().key(member)).is_none() {
                self.member(operation, Part::Operation, member);
            }
        }
        let scopes = self.scopes(node, served);
        if !scopes.is_empty() {
            self.sink.key(SCOPES);
            self.sink.open_array();
            scopes.iter().for_each(|scope| self.sink.string(scope));
            self.sink.close();
        }
        self.sink.close();
    }

    /// The scopes an operation demands, whatever scheme they belong to: rings authenticate in their own ways.
    fn scopes(&self, operation: NodeId, served: bool) -> BTreeSet<String> {
        let arena = self.arena();
        let texts = |list: NodeId| {
            let scopes = arena.items(list).iter();
            scopes.filter_map(|scope| arena.string(*scope).map(str::to_owned))
        };
        let mut scopes: BTreeSet<String> = BTreeSet::new();
        scopes.extend(arena.get(operation, SCOPES).into_iter().flat_map(texts));
        let demanded = arena
            .get(operation, "security")
            .or_else(|| arena.get(self.contract.root, "security"))
            .filter(|_| served);
        for requirement in demanded.map(|all| arena.items(all)).unwrap_or_default() {
            let schemes = arena.members(*requirement).iter();
            scopes.extend(schemes.flat_map(|scheme| texts(scheme.value)));
        }
        scopes
    }

    pub fn tags_of_operation(&mut self, tags: NodeId) {
        let arena = self.arena();
        let names: Vec<(NodeId, String)> = arena
            .items(tags)
            .iter()
            .filter_map(|tag| Some((*tag, written(arena, *tag)?)))
            .filter(|(_, name)| self.shows_tag(name))
            .collect();
        if names.is_empty() && !arena.items(tags).is_empty() {
            return;
        }
        self.sink.key("tags");
        self.sink.open_array();
        for (tag, name) in names {
            self.sink.copy(arena, tag);
            self.shown.tags.insert(name);
        }
        self.sink.close();
    }

    /// The members of `webhooks` this ring is shown; nothing where there are none.
    pub fn webhooks(&mut self) -> Option<String> {
        let webhooks = self.arena().get(self.contract.root, "webhooks")?;
        let granted: Vec<_> = self
            .ground()
            .parts_of(webhooks, Part::PathItem)
            .into_iter()
            .filter(|(_, item)| self.has_granted(*item, Granted::Webhook))
            .collect();
        if granted.is_empty() {
            return None;
        }
        Some(self.apart(1, |writer| {
            writer.sink.open_object();
            for (member, _) in granted {
                writer.sink.key(writer.arena().key(member));
                writer.path_item(member.value, Granted::Webhook);
            }
            writer.sink.close();
        }))
    }

    fn has_granted(&mut self, item: VertexId, granted: Granted) -> bool {
        let chain: Vec<VertexId> = self.ground().chain(item).collect();
        METHODS.into_iter().any(|method| {
            let ground = self.ground();
            let operation = chain
                .iter()
                .find_map(|part| ground.one(*part, method, Part::Operation));
            operation.is_some_and(|operation| self.is_granted(&chain, operation, method, granted))
        })
    }

    /// Whether a callback has an operation left, under an expression that names nothing hidden.
    pub fn shows_callback(&mut self, callback: VertexId) -> bool {
        !self.items_of_callback(callback).is_empty()
    }

    fn items_of_callback(&mut self, callback: VertexId) -> Vec<(String, NodeId)> {
        let last = self.ground().chain(callback).last().unwrap_or(callback);
        let items = self
            .ground()
            .parts_of(self.ground().node(last), Part::PathItem);
        let mut shown = Vec::new();
        for (member, item) in items {
            let key = self.arena().key(member);
            if self.is_outer() && self.visibility.names_hidden(key) {
                self.warn(
                    member.value,
                    "projection-callback",
                    "the address of this callback names something narrower: it is not shown",
                    "Label the callback, or take its address from what all may see.",
                );
            } else if self.has_granted(item, Granted::CalledBack) {
                shown.push((key.to_owned(), member.value));
            }
        }
        shown
    }

    pub fn callback(&mut self, callback: VertexId) {
        let items = self.items_of_callback(callback);
        self.sink.open_object();
        for (key, item) in items {
            self.sink.key(&key);
            self.path_item(item, Granted::CalledBack);
        }
        self.sink.close();
    }
}
