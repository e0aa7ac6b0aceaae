//! One operation: its members, the scopes it demands, its tags.

use std::collections::BTreeSet;

use crate::arena::NodeId;
use crate::contract::Part;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;

use super::super::vocabulary::SCOPES;
use super::Writer;

impl Writer<'_, '_> {
    pub fn operation(&mut self, operation: VertexId, served: bool) {
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
}
