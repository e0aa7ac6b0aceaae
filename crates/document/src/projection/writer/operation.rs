//! One operation: its members, the scopes it demands, its tags.

use std::collections::BTreeSet;

use crate::arena::NodeId;
use crate::contract::Part;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::contract::security::demanded;

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
            let key = self.arena().key(member);
            if key != SCOPES && self.arena().get(node, key).is_none() {
                self.member(operation, Part::Operation, member);
            }
        }
        self.scopes(
            node,
            target.map(|target| self.ground().node(target)),
            served,
        );
        self.sink.close();
    }

    /// The scopes an operation demands, whatever scheme they belong to: rings authenticate in their own ways. A list of
    /// scopes, all of which it takes; a list of such lists, where any one will do.
    fn scopes(&mut self, operation: NodeId, target: Option<NodeId>, served: bool) {
        let arena = self.arena();
        let said = |key| {
            let own = arena.get(operation, key);
            own.or_else(|| target.and_then(|target| arena.get(target, key)))
        };
        let security = said("security").or_else(|| arena.get(self.contract.root, "security"));
        // What is malformed was an error of the contract already.
        let scopes = demanded(arena, security.filter(|_| served), said(SCOPES));
        let scopes = scopes.unwrap_or_default();
        match scopes.as_slice() {
            [] => {}
            [all] => {
                self.sink.key(SCOPES);
                self.sink_texts(all);
            }
            several => {
                self.sink.key(SCOPES);
                self.sink.open_array();
                several.iter().for_each(|all| self.sink_texts(all));
                self.sink.close();
            }
        }
    }

    fn sink_texts(&mut self, texts: &BTreeSet<String>) {
        self.sink.open_array();
        texts.iter().for_each(|text| self.sink.string(text));
        self.sink.close();
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
