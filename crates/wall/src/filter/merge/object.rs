//! Members of several nodes as those of one.

use std::collections::{BTreeSet, HashMap, HashSet};

use regex::Regex;

use super::{How, Merger, Progress, targets};
use crate::bundle::{ArrayRule, FilterNode, NodeIndex, ObjectRule, UnionRule};

impl Merger<'_> {
    /// Afterwards at most one node has a union, and then no other a rule for objects.
    pub(super) fn decide_unions(&mut self, how: How, members: &mut Vec<FilterNode>, nested: usize) {
        let unions = members.iter().filter(|node| node.union.is_some()).count();
        let objects = members.iter().filter(|node| node.object.is_some()).count();
        match (how, unions) {
            (_, 0) => {}
            (How::Any, 1) if objects == 0 => {}
            (How::Any, _) => self.flatten_unions(members, nested),
            (How::All, 1) => self.push_down(members),
            (How::All, _) => {
                self.give_up();
                for node in members {
                    (node.union, node.object) = (None, None);
                }
            }
        }
    }

    /// Which object is meant stays open: all that a union leads to are alternatives. If one of them is hidden as a
    /// whole, nothing says what is its own: no object leaves.
    fn flatten_unions(&mut self, members: &mut Vec<FilterNode>, nested: usize) {
        let mut waiting: Vec<_> = members
            .iter_mut()
            .filter_map(|node| node.union.take())
            .collect();
        let mut met = BTreeSet::new();
        while let Some(union) = waiting.pop() {
            for target in targets(&union).filter(|target| met.insert(*target)) {
                let node = self.plain(target, nested);
                if node.is_closed() {
                    return members.iter_mut().for_each(|node| node.object = None);
                }
                let node = self.spelled_out(node);
                waiting.extend(node.union);
                members.extend(node.object.map(only_objects));
            }
        }
    }

    /// What objects of every kind follow besides is said for each kind.
    fn push_down(&mut self, members: &mut [FilterNode]) {
        let rules: Vec<_> = members
            .iter_mut()
            .filter_map(|node| node.object.take())
            .collect();
        let also: Vec<_> = rules.into_iter().map(|rule| self.node_of(rule)).collect();
        for union in members.iter_mut().filter_map(|node| node.union.as_mut()) {
            let mut with =
                |node: NodeIndex| self.combined(How::All, also.iter().copied().chain([node]));
            *union = UnionRule {
                property: union.property.clone(),
                mapping: union
                    .mapping
                    .iter()
                    .map(|(value, node)| (value.clone(), with(*node)))
                    .collect(),
                otherwise: union.otherwise.map(with),
            };
        }
    }

    pub(super) fn object(&mut self, how: How, members: &[FilterNode]) -> Option<ObjectRule> {
        let rules: Vec<_> = members
            .iter()
            .filter_map(|node| node.object.as_ref())
            .collect();
        let is_declared = members.iter().all(|node| node.object.is_some());
        if rules.is_empty() || (how == How::All && !is_declared) {
            return None;
        }
        let properties = under_names(&rules).into_iter();
        let properties =
            properties.map(|(name, nodes)| (name.to_owned(), self.combined(how, nodes)));
        let properties = properties.collect();
        let patterns = distinct(rules.iter().flat_map(|rule| &rule.patterns));
        let patterns = patterns.into_iter().map(|pattern| {
            let nodes: Vec<_> = rules
                .iter()
                .flat_map(|rule| under_pattern(rule, pattern))
                .collect();
            (pattern.to_owned(), self.combined(how, nodes))
        });
        let patterns = patterns.collect();
        let additional: Vec<_> = rules.iter().filter_map(|rule| rule.additional).collect();
        Some(ObjectRule {
            properties,
            patterns,
            additional: (!additional.is_empty()).then(|| self.combined(how, additional)),
        })
    }

    pub(super) fn array(&mut self, how: How, members: &[FilterNode]) -> Option<ArrayRule> {
        let rules: Vec<_> = members
            .iter()
            .filter_map(|node| node.array.as_ref())
            .collect();
        if rules.is_empty() || (how == How::All && rules.len() < members.len()) {
            return None;
        }
        let longest = rules
            .iter()
            .map(|rule| rule.prefix.len())
            .max()
            .unwrap_or(0);
        let prefix = (0..longest).map(|position| {
            let own = |rule: &&ArrayRule| rule.prefix.get(position).copied().or(rule.items);
            let nodes: Vec<_> = rules.iter().filter_map(own).collect();
            self.combined(how, nodes)
        });
        let prefix = prefix.collect();
        let items: Vec<_> = rules.iter().filter_map(|rule| rule.items).collect();
        Some(ArrayRule {
            prefix,
            items: (!items.is_empty()).then(|| self.combined(how, items)),
        })
    }

    /// A property follows the patterns its name matches, too (JSON Schema, core §10.3.2).
    pub(super) fn without_overlap(&mut self, mut node: FilterNode) -> FilterNode {
        if let Some(rule) = &mut node.object
            && !rule.patterns.is_empty()
        {
            let patterns = Patterns::of(&rule.patterns);
            for (name, node) in &mut rule.properties {
                *node = self.combined(How::All, patterns.matching(name).into_iter().chain([*node]));
            }
        }
        node
    }

    fn node_of(&mut self, object: ObjectRule) -> NodeIndex {
        if self.nodes.len() >= self.limit {
            return self.give_up();
        }
        self.nodes.push(Progress::Done(only_objects(object)));
        self.nodes.len() as NodeIndex - 1
    }
}

fn only_objects(rule: ObjectRule) -> FilterNode {
    FilterNode {
        object: Some(rule),
        ..FilterNode::default()
    }
}

/// Every name that one of the rules has, in the order in which they are met, and the nodes that all of them have for
/// it. Of a thousand rules few know a name, and most say nothing of names they do not know: those are not asked.
fn under_names<'r>(rules: &[&'r ObjectRule]) -> Vec<(&'r str, Vec<NodeIndex>)> {
    let mut found: Vec<(&str, Vec<NodeIndex>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (name, node) in rules.iter().flat_map(|rule| &rule.properties) {
        let at = *known.entry(name).or_insert(found.len());
        if at == found.len() {
            found.push((name, Vec::new()));
        }
        found[at].1.push(*node);
    }
    let says_of_others =
        |rule: &&&ObjectRule| rule.additional.is_some() || !rule.patterns.is_empty();
    for rule in rules.iter().filter(says_of_others) {
        let patterns = Patterns::of(&rule.patterns);
        let own: HashSet<&str> = rule
            .properties
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        for (name, nodes) in found.iter_mut().filter(|(name, _)| !own.contains(name)) {
            let matching = patterns.matching(name);
            match matching.is_empty() {
                true => nodes.extend(rule.additional),
                false => nodes.extend(matching),
            }
        }
    }
    found
}

fn under_pattern(rule: &ObjectRule, pattern: &str) -> Option<NodeIndex> {
    let same = rule.patterns.iter().find(|(known, _)| known == pattern);
    same.map(|(_, node)| *node).or(rule.additional)
}

/// Patterns, compiled once; one that cannot be is refused with the graph.
struct Patterns(Vec<(Regex, NodeIndex)>);

impl Patterns {
    fn of(patterns: &[(String, NodeIndex)]) -> Patterns {
        let compiled =
            |(pattern, node): &(String, NodeIndex)| Some((Regex::new(pattern).ok()?, *node));
        Patterns(patterns.iter().filter_map(compiled).collect())
    }

    fn matching(&self, name: &str) -> Vec<NodeIndex> {
        let matching = self.0.iter().filter(|(pattern, _)| pattern.is_match(name));
        matching.map(|(_, node)| *node).collect()
    }
}

/// Names in the order in which they are first met.
fn distinct<'a>(named: impl Iterator<Item = &'a (String, NodeIndex)>) -> Vec<&'a str> {
    let mut met = BTreeSet::new();
    named
        .map(|(name, _)| name.as_str())
        .filter(|name| met.insert(*name))
        .collect()
}
