//! Alternatives a ring may not see: what their values could hold, for others not to show it.

use std::collections::HashSet;

use document::Value;
use document::contract::{Part, VertexId};
use wall::bundle::{ArrayRule, FilterNode, NodeIndex, ObjectRule, ScalarRule};

use super::kinds::{Kinds, kinds};
use super::{Builder, CLOSED};

impl Builder<'_, '_> {
    /// A node that has, for a hidden schema, each type it may have and each name it declares.
    pub(super) fn hidden_alternative(&mut self, schema: VertexId) -> NodeIndex {
        if let Some(known) = self.hidden.get(&schema) {
            return *known;
        }
        let node = self.outline(schema);
        let index = self.leaf(node);
        self.hidden.insert(schema, index);
        index
    }

    fn outline(&self, schema: VertexId) -> FilterNode {
        let (arena, ground) = (self.arena(), self.ground());
        let mut seen = HashSet::new();
        let mut open = vec![schema];
        let mut all = Kinds::default();
        let mut says_any = false;
        let mut names: Vec<&str> = Vec::new();
        let mut is_open = false;
        while let Some(schema) = open.pop() {
            if !seen.insert(schema) {
                continue;
            }
            let node = ground.node(schema);
            if let Some(own) = kinds(arena, node) {
                says_any = true;
                all = all.or(own);
            }
            let properties = ground.map(schema, "properties", Part::Schema);
            names.extend(properties.iter().map(|(member, _)| arena.key(member)));
            let extra = ["additionalProperties", "unevaluatedProperties"]
                .into_iter()
                .filter_map(|key| ground.get(schema, key));
            is_open |= extra
                .map(|value| arena.value(value))
                .any(|value| !matches!(value, Value::Bool(false)));
            is_open |= ground.get(schema, "patternProperties").is_some();
            open.extend(ground.in_place(schema).into_iter().map(|(to, _)| to));
        }
        names.sort_unstable();
        names.dedup();
        let kinds = if says_any { all } else { Kinds::ALL };
        let scalar = |has: bool| has.then(ScalarRule::default);
        FilterNode {
            boolean: scalar(kinds.boolean),
            number: scalar(kinds.number),
            string: scalar(kinds.string),
            array: kinds.array.then(ArrayRule::default),
            object: kinds.object.then(|| ObjectRule {
                properties: names
                    .into_iter()
                    .map(|name| (name.to_owned(), CLOSED))
                    .collect(),
                patterns: Vec::new(),
                additional: is_open.then_some(CLOSED),
            }),
            ..FilterNode::default()
        }
    }

    /// The same where the hidden schema always applies: beside it, others keep their types.
    pub(super) fn hidden_part(&mut self, schema: VertexId) -> NodeIndex {
        let outline = self.outline(schema);
        let rule = outline.object.unwrap_or_default();
        self.leaf(FilterNode {
            object: Some(rule),
            array: Some(ArrayRule {
                prefix: Vec::new(),
                items: Some(super::OPEN),
            }),
            ..super::scalars()
        })
    }
}
