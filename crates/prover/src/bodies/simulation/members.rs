//! Members of objects and items of lists: each beside what schemas say of that name or place.

use wall::bundle::{ArrayRule, NodeIndex, ObjectRule};

use super::{Simulation, World};
use crate::bodies::described::{Described, Place, Subject};

impl Simulation<'_, '_> {
    pub(super) fn object(&mut self, pair: usize, rule: &ObjectRule, described: &Described<'_, '_>) {
        let patterns = Patterns::of(rule);
        let named = rule.properties.iter().map(|(name, _)| name.as_str());
        let names: std::collections::BTreeSet<&str> = named.chain(described.names()).collect();
        for name in names {
            for (node, pointer) in patterns.nodes(rule, name) {
                if !self.is_closed(node) {
                    let place = described.member(name);
                    self.member(pair, node, &place, name, &pointer);
                }
            }
        }
        for (index, (pattern, node)) in rule.patterns.iter().enumerate() {
            if !self.is_closed(*node) {
                let place = described.pattern(pattern);
                self.member(
                    pair,
                    *node,
                    &place,
                    "*",
                    &format!("/object/patterns/{index}"),
                );
            }
        }
        if let Some(node) = rule.additional.filter(|node| !self.is_closed(*node)) {
            let place = described.additional();
            self.member(pair, node, &place, "*", "/object/additional");
        }
        self.hidden_patterns(pair, rule, described);
    }

    fn member(&mut self, pair: usize, node: NodeIndex, place: &Place, name: &str, pointer: &str) {
        let shown = if name == "*" {
            "members that nobody names".to_owned()
        } else {
            format!("the field {name}")
        };
        if let Some(by) = place.hidden_by {
            let message = format!("{shown} passes, and the ring may not see it");
            return self.say_of(pair, "field-exposed", message, pointer, Some(by), name);
        }
        let subject = Subject::of(place.elements.clone());
        if !subject.is_declared() {
            let message = format!("{shown} passes, and no schema the ring may see declares it");
            let above = self.subjects[self.pairs[pair].subject].place();
            return self.say_of(pair, "field-undeclared", message, pointer, above, name);
        }
        self.below(pair, node, subject, name.to_owned());
    }

    /// Names are hidden by a pattern only if the filter has that pattern, or shows none but those it names.
    fn hidden_patterns(&mut self, pair: usize, rule: &ObjectRule, described: &Described<'_, '_>) {
        let unnamed = rule
            .patterns
            .iter()
            .map(|(_, node)| *node)
            .chain(rule.additional);
        let unknown_pass = self.world == World::Observed && rule.additional.is_none();
        if !unknown_pass && unnamed.clone().all(|node| self.is_closed(node)) {
            return;
        }
        for (pattern, by) in described.hidden_patterns() {
            let own = rule.patterns.iter().find(|(known, _)| known == pattern);
            if !own.is_some_and(|(_, node)| self.is_closed(*node)) {
                let message =
                    format!("fields named like {pattern} pass, and the ring may not see them");
                self.say_of(
                    pair,
                    "field-exposed",
                    message,
                    "/object/patterns",
                    Some(by),
                    "*",
                );
            }
        }
    }

    pub(super) fn array(&mut self, pair: usize, rule: &ArrayRule, described: &Described<'_, '_>) {
        for (position, node) in rule.prefix.iter().enumerate() {
            if !self.is_closed(*node) {
                let place = described.item(Some(position));
                self.member(
                    pair,
                    *node,
                    &place,
                    "*",
                    &format!("/array/prefix/{position}"),
                );
            }
        }
        let Some(node) = rule.items.filter(|node| !self.is_closed(*node)) else {
            return;
        };
        // Those that have a position in a schema, and none here, are among the others.
        let others = rule.prefix.len()..described.positions();
        for position in others.map(Some).chain([None]) {
            let place = described.item(position);
            self.member(pair, node, &place, "*", "/array/items");
        }
    }
}

/// A rule's patterns, compiled; one that cannot be is refused with the graph.
pub(super) struct Patterns(Vec<Option<regex::Regex>>);

impl Patterns {
    pub fn of(rule: &ObjectRule) -> Patterns {
        Patterns(
            rule.patterns
                .iter()
                .map(|(pattern, _)| regex::Regex::new(pattern).ok())
                .collect(),
        )
    }

    /// The nodes a member of this name follows, as the wall looks them up, and where they are.
    pub fn nodes(&self, rule: &ObjectRule, name: &str) -> Vec<(NodeIndex, String)> {
        let own = rule.properties.iter().position(|(known, _)| known == name);
        if let Some(index) = own {
            return vec![(
                rule.properties[index].1,
                format!("/object/properties/{index}"),
            )];
        }
        let matching = self.0.iter().enumerate().filter(|(_, pattern)| {
            pattern
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(name))
        });
        let found: Vec<_> = matching
            .map(|(index, _)| (rule.patterns[index].1, format!("/object/patterns/{index}")))
            .collect();
        match found.is_empty() {
            true => rule
                .additional
                .map(|node| (node, "/object/additional".to_owned()))
                .into_iter()
                .collect(),
            false => found,
        }
    }
}
