//! What the schemas of a value say of its members, found by name: a value may be of a thousand schemas, and each name
//! is declared by few of them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ahash::HashMap;
use document::NodeId;
use regex::Regex;

use super::{Described, Place};
use crate::bodies::hidden::Outline;
use crate::bodies::schemas::Schemas;

/// What one schema says itself of the members of its values.
pub struct Members<'c> {
    properties: Vec<(&'c str, NodeId)>,
    patterns: Vec<Pattern<'c>>,
    /// Of those that it does not name; `OPEN` where it says that anything may be.
    additional: Option<NodeId>,
}

#[derive(Clone)]
struct Pattern<'c> {
    text: &'c str,
    /// Nothing: it is no regular expression, and matches no name.
    expression: Option<Rc<Regex>>,
    schema: NodeId,
}

impl Pattern<'_> {
    fn is_match(&self, name: &str) -> bool {
        let expression = self.expression.as_ref();
        expression.is_some_and(|expression| expression.is_match(name))
    }
}

impl<'c> Members<'c> {
    pub fn of(schemas: &Schemas<'c>, schema: NodeId) -> Members<'c> {
        let pattern = |(text, schema): (&'c str, NodeId)| Pattern {
            text,
            expression: Regex::new(text).ok().map(Rc::new),
            schema,
        };
        let is_schema = |(_, value): &(&str, NodeId)| schemas.is_schema(*value);
        let patterns = schemas.members_under(schema, "patternProperties");
        Members {
            properties: schemas.members_under(schema, "properties").collect(),
            patterns: patterns.filter(is_schema).map(pattern).collect(),
            additional: schemas.additional(schema),
        }
    }
}

/// What all schemas of a value say of its members. Each with the ordinal of the schema among the visible ones.
#[derive(Default)]
pub(super) struct Said<'c> {
    named: BTreeMap<&'c str, Vec<(usize, NodeId)>>,
    patterns: Vec<(usize, Pattern<'c>)>,
    additional: Vec<(usize, NodeId)>,
    /// Name → ordinal of the last hidden schema that has it.
    kept: HashMap<&'c str, usize>,
    /// Ordinal of the last hidden schema that may have any.
    kept_all: Option<usize>,
}

impl<'c> Said<'c> {
    fn of<'o>(
        schemas: &Schemas<'c>,
        visible: impl Iterator<Item = NodeId>,
        hidden: impl Iterator<Item = &'o Outline<'c>>,
    ) -> Said<'c>
    where
        'c: 'o,
    {
        let mut said = Said::default();
        for (ordinal, schema) in visible.enumerate() {
            let own = schemas.members(schema);
            for (name, property) in &own.properties {
                said.named
                    .entry(name)
                    .or_default()
                    .push((ordinal, *property));
            }
            let patterns = own.patterns.iter().cloned();
            said.patterns
                .extend(patterns.map(|pattern| (ordinal, pattern)));
            said.additional
                .extend(own.additional.map(|schema| (ordinal, schema)));
        }
        for (ordinal, outline) in hidden.enumerate() {
            let names = outline.names.iter().map(|name| (*name, ordinal));
            said.kept.extend(names);
            if outline.is_open {
                said.kept_all = Some(ordinal);
            }
        }
        said
    }
}

impl<'c> Described<'_, 'c> {
    fn said(&self) -> &Said<'c> {
        let visible = || self.visible.iter().map(|one| one.schema);
        let hidden = || self.hidden.iter().map(|(_, outline)| outline);
        self.said
            .get_or_init(|| Said::of(self.schemas, visible(), hidden()))
    }

    /// What describes the member of a name.
    pub fn member(&self, name: &str) -> Place {
        let said = self.said();
        let named = said.named.get(name).into_iter().flatten().copied();
        let matching = said
            .patterns
            .iter()
            .filter(|(_, pattern)| pattern.is_match(name));
        let matching = matching.map(|(ordinal, pattern)| (*ordinal, pattern.schema));
        let mut place = self.declared(named.chain(matching));
        let hides = said.kept.get(name).copied().max(said.kept_all);
        let hides = hides.map(|ordinal| self.hidden[ordinal].0.schema);
        place.hidden_by = hides.or(place.hidden_by);
        place
    }

    /// What describes members whose names match a pattern, as far as that can be told of all of them.
    pub fn pattern(&self, pattern: &str) -> Place {
        let same = self
            .said()
            .patterns
            .iter()
            .filter(|(_, one)| one.text == pattern);
        let mut place = self.declared(same.map(|(ordinal, one)| (*ordinal, one.schema)));
        self.hide_if_open(&mut place);
        place
    }

    /// What describes members that nobody names.
    pub fn additional(&self) -> Place {
        let mut place = self.declared(std::iter::empty());
        self.hide_if_open(&mut place);
        place
    }

    /// Those that declare the member say what it is, the others what they say of members they do not name.
    fn declared(&self, by: impl Iterator<Item = (usize, NodeId)>) -> Place {
        let mut place = Place::default();
        let mut declaring = BTreeSet::new();
        for (ordinal, schema) in by {
            declaring.insert(ordinal);
            self.add_member(&mut place, self.visible[ordinal], schema);
        }
        for (ordinal, schema) in &self.said().additional {
            if !declaring.contains(ordinal) {
                self.add(&mut place, self.visible[*ordinal].role, *schema);
            }
        }
        place
    }

    fn hide_if_open(&self, place: &mut Place) {
        let open = self.hidden.iter().find(|(_, outline)| outline.is_open);
        place.hidden_by = open.map(|(one, _)| one.schema).or(place.hidden_by);
    }

    /// Every name that any of the schemas declares, the hidden ones included.
    pub fn names(&self) -> BTreeSet<&str> {
        let declares =
            |by: &[(usize, NodeId)]| by.iter().any(|(_, one)| self.schemas.is_schema(*one));
        let named = self.said().named.iter().filter(|(_, by)| declares(by));
        let named = named.map(|(name, _)| *name);
        named.chain(self.said().kept.keys().copied()).collect()
    }

    /// Patterns of names that are hidden.
    pub fn hidden_patterns(&self) -> Vec<(&str, NodeId)> {
        let all = self
            .said()
            .patterns
            .iter()
            .map(|(_, one)| (one.text, one.schema));
        all.filter(|(_, schema)| self.schemas.is_hidden(*schema))
            .collect()
    }

    /// Whether a schema the ring may see hides a member of its own.
    pub fn hides(&self, name: &str) -> bool {
        let mut own = self.said().named.get(name).into_iter().flatten();
        own.any(|(_, property)| self.schemas.is_hidden(*property))
    }
}
