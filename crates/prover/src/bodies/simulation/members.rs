//! Members of objects and items of lists: each beside what schemas say of that name or place.

use std::collections::BTreeSet;

use ahash::HashMap;

use regex::Regex;
use wall::bundle::{ArrayRule, NodeIndex, ObjectRule};

use super::{Simulation, World};
use crate::bodies::described::{Described, Place, Subject};

impl Simulation<'_, '_> {
    pub(super) fn object(&mut self, pair: usize, rule: &ObjectRule, described: &Described<'_, '_>) {
        let lookup = Names::of(rule);
        let named = rule.properties.iter().map(|(name, _)| name.as_str());
        let names: BTreeSet<&str> = named.chain(described.names()).collect();
        for name in names {
            for (node, pointer) in lookup.nodes(name) {
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

/// A rule's names and patterns, to look up by; a pattern that cannot be compiled is refused with the graph.
pub(super) struct Names<'r> {
    rule: &'r ObjectRule,
    properties: HashMap<&'r str, usize>,
    patterns: Vec<Option<Regex>>,
}

impl<'r> Names<'r> {
    pub fn of(rule: &'r ObjectRule) -> Names<'r> {
        let named = rule.properties.iter().enumerate();
        let patterns = rule.patterns.iter();
        Names {
            rule,
            // Of two of one name the first counts, as in the wall.
            properties: named
                .rev()
                .map(|(index, (name, _))| (name.as_str(), index))
                .collect(),
            patterns: patterns
                .map(|(pattern, _)| Regex::new(pattern).ok())
                .collect(),
        }
    }

    /// The nodes a member of this name follows, as the wall looks them up, and where they are.
    pub fn nodes(&self, name: &str) -> Vec<(NodeIndex, String)> {
        let rule = self.rule;
        if let Some(index) = self.properties.get(name) {
            let pointer = format!("/object/properties/{index}");
            return vec![(rule.properties[*index].1, pointer)];
        }
        let patterns = self.patterns.iter().enumerate();
        let is_match =
            |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|one| one.is_match(name));
        let matching = patterns.filter(|(_, pattern)| is_match(pattern));
        let found: Vec<_> = matching
            .map(|(index, _)| (rule.patterns[index].1, format!("/object/patterns/{index}")))
            .collect();
        if !found.is_empty() {
            return found;
        }
        let additional = rule
            .additional
            .map(|node| (node, "/object/additional".to_owned()));
        additional.into_iter().collect()
    }
}
