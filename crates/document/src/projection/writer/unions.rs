//! `allOf`, `anyOf`, `oneOf`: branches that are not shown go, and what is left of a `oneOf` may no longer exclude.

use crate::arena::NodeId;
use crate::contract::Part;
use crate::contract::graph::VertexId;

use super::Writer;

impl Writer<'_, '_> {
    pub fn all_of(&mut self, schema: VertexId, value: NodeId) {
        let branches = self.shown_branches(schema, "allOf");
        let union = self.has_union_beside_another(schema);
        if branches.is_empty() && !union && !self.arena().items(value).is_empty() {
            return;
        }
        self.sink.key("allOf");
        self.sink.open_array();
        branches.into_iter().for_each(|branch| self.schema(branch));
        if union {
            self.wrapped_union(schema);
        }
        self.sink.close();
    }

    fn shown_branches(&self, schema: VertexId, key: &str) -> Vec<VertexId> {
        let branches = self.ground().list(schema, key, Part::Schema).into_iter();
        branches
            .filter(|branch| self.visibility.shows(*branch))
            .collect()
    }

    /// When parts are taken from its branches, a value can fit several of them that fitted one: `oneOf` would refuse
    /// it, so it becomes `anyOf`. So it does without the discriminator that said which one is meant.
    fn is_loosened(&self, schema: VertexId) -> bool {
        let branches = self.shown_branches(schema, "oneOf");
        let loses_a_part = branches
            .iter()
            .any(|branch| self.visibility.loosens(*branch));
        loses_a_part || !self.ground().can_tell_apart(schema)
    }

    fn has_union_beside_another(&self, schema: VertexId) -> bool {
        self.ground().get(schema, "anyOf").is_some() && self.is_loosened(schema)
    }

    pub fn union(&mut self, schema: VertexId, key: &str) {
        let loosened = key == "oneOf" && self.is_loosened(schema);
        if loosened && self.ground().get(schema, "anyOf").is_some() {
            return;
        }
        let branches = self.shown_branches(schema, key);
        self.branches(if loosened { "anyOf" } else { key }, branches);
    }

    pub fn branches(&mut self, key: &str, branches: Vec<VertexId>) {
        self.sink.key(key);
        self.sink.open_array();
        branches.into_iter().for_each(|branch| self.schema(branch));
        self.sink.close();
    }

    /// A `oneOf` that became an `anyOf` where there is one already.
    pub fn union_beside_another(&mut self, schema: VertexId) {
        if self.has_union_beside_another(schema) {
            self.sink.key("allOf");
            self.sink.open_array();
            self.wrapped_union(schema);
            self.sink.close();
        }
    }

    fn wrapped_union(&mut self, schema: VertexId) {
        let branches = self.shown_branches(schema, "oneOf");
        self.sink.open_object();
        self.branches("anyOf", branches);
        self.sink.close();
    }
}
