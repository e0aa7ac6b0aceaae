//! Alternatives a ring may not see: what their values could hold, for others not to show it.

use std::collections::HashSet;

use document::Value;
use document::contract::{Part, VertexId};
use wall::bundle::{ArrayRule, FilterNode, NodeIndex, ObjectRule, ScalarRule};

use super::kinds::{Kinds, kinds};
use super::{Builder, CLOSED};

impl Builder<'_, '_> {
    /// What a hidden body could hold; nothing is known of one without a schema.
    pub fn hidden_body(&mut self, schema: Option<VertexId>) -> NodeIndex {
        match schema {
            Some(schema) => self.hidden_alternative(schema),
            None => self.leaf(outlined(Kinds::ALL, Vec::new(), true)),
        }
    }

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

    /// What those that may stand for a base hide of names they may share with it; nothing: they hide none.
    pub(super) fn hidden_of_heirs(&mut self, base: VertexId) -> Option<NodeIndex> {
        let mut seen = self.together_with(base);
        let mut open = self.ground().heirs(base).to_vec();
        let mut rule = ObjectRule::default();
        while let Some(schema) = open.pop() {
            if !seen.insert(schema) {
                continue;
            }
            open.extend(self.ground().heirs(schema));
            if self.visibility.shows(schema) {
                rule.properties.extend(self.kept_back(schema));
                open.extend(self.ground().in_place(schema).into_iter().map(|(to, _)| to));
            } else {
                let hidden = self.outline(schema).object.unwrap_or_default();
                rule.properties.extend(hidden.properties);
                rule.additional = rule.additional.or(hidden.additional);
            }
        }
        rule.properties.sort();
        rule.properties.dedup();
        let object = (rule != ObjectRule::default()).then_some(rule)?;
        Some(self.leaf(FilterNode {
            object: Some(object),
            ..FilterNode::default()
        }))
    }

    /// A schema, and all that applies to its values.
    fn together_with(&self, schema: VertexId) -> HashSet<VertexId> {
        let mut seen = HashSet::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            if seen.insert(schema) {
                open.extend(self.ground().in_place(schema).into_iter().map(|(to, _)| to));
            }
        }
        seen
    }

    /// Members a visible schema does not show, or not as they are.
    fn kept_back(&self, schema: VertexId) -> Vec<(String, NodeIndex)> {
        let declared = self.ground().map(schema, "properties", Part::Schema);
        let named = declared
            .into_iter()
            .map(|(member, property)| (self.arena().key(member), property));
        let is_whole = |name: &str, property: VertexId| {
            self.visibility.shows_property(schema, name, property)
                && !self.goes_the_other_way(property)
                && !self.visibility.alters(property)
                && self.masking(property).is_none()
        };
        named
            .filter(|(name, property)| !is_whole(name, *property))
            .map(|(name, _)| (name.to_owned(), CLOSED))
            .collect()
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
            if let Some(own) = kinds(arena, node, self.direction) {
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
        outlined(if says_any { all } else { Kinds::ALL }, names, is_open)
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

fn outlined(kinds: Kinds, names: Vec<&str>, is_open: bool) -> FilterNode {
    let scalar = |has: bool| has.then(ScalarRule::default);
    let closed = |name: &str| (name.to_owned(), CLOSED);
    FilterNode {
        boolean: scalar(kinds.boolean),
        number: scalar(kinds.number),
        string: scalar(kinds.string),
        array: kinds.array.then(ArrayRule::default),
        object: kinds.object.then(|| ObjectRule {
            properties: names.into_iter().map(closed).collect(),
            patterns: Vec::new(),
            additional: is_open.then_some(CLOSED),
        }),
        ..FilterNode::default()
    }
}
