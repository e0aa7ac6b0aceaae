//! Alternatives that a ring may not see: nothing says that a value is not of them.

use regex::Regex;

use super::rules::settled;
use crate::bundle::{FilterNode, NodeIndex, ObjectRule, ScalarRule};

/// What is left of `node` when a value that follows `alternative` must show nothing. `closed`: the node through which
/// nothing leaves. `null` says nothing of any kind.
pub fn taken(node: FilterNode, alternative: &FilterNode, closed: NodeIndex) -> FilterNode {
    if alternative.any || alternative.union.is_some() {
        return FilterNode::default();
    }
    let is_object = alternative.object.is_some();
    settled(FilterNode {
        boolean: scalar(node.boolean, alternative.boolean.as_ref()),
        number: scalar(node.number, alternative.number.as_ref()),
        string: scalar(node.string, alternative.string.as_ref()),
        array: node.array.filter(|_| alternative.array.is_none()),
        union: node.union.filter(|_| !is_object),
        object: match (node.object, &alternative.object) {
            (Some(rule), Some(hidden)) => Some(object(rule, hidden, closed)),
            (rule, _) => rule,
        },
        ..node
    })
}

/// The same of scalars alone: which object it is, a union tells.
pub fn without_scalars(node: FilterNode, alternative: &FilterNode) -> FilterNode {
    FilterNode {
        boolean: scalar(node.boolean, alternative.boolean.as_ref()),
        number: scalar(node.number, alternative.number.as_ref()),
        string: scalar(node.string, alternative.string.as_ref()),
        ..node
    }
}

/// A type is withheld where the alternative has it, whether or not others do; of an enumeration, its values are.
fn scalar(rule: Option<ScalarRule>, hidden: Option<&ScalarRule>) -> Option<ScalarRule> {
    let Some(hidden) = hidden else {
        return rule;
    };
    let (Some(mut rule), Some(values)) = (rule, hidden.values.as_ref()) else {
        return Some(ScalarRule::none());
    };
    let taken = |value: &String| values.contains(value) || hidden.hidden.contains(value);
    if let Some(listed) = &mut rule.values {
        listed.retain(|value| !taken(value));
    }
    let more = values.iter().chain(&hidden.hidden);
    let more: Vec<_> = more
        .filter(|value| !rule.hidden.contains(value))
        .cloned()
        .collect();
    rule.hidden.extend(more);
    rule.hidden.sort();
    Some(rule)
}

fn object(mut rule: ObjectRule, hidden: &ObjectRule, closed: NodeIndex) -> ObjectRule {
    let patterns = hidden.patterns.iter().map(|(pattern, _)| pattern);
    // A pattern that cannot be compiled is refused with the graph.
    let compiled: Vec<Regex> = patterns
        .clone()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .collect();
    let is_taken = |name: &str| {
        let listed = hidden.properties.iter().any(|(known, _)| known == name);
        listed || compiled.iter().any(|pattern| pattern.is_match(name))
    };
    for (name, node) in &mut rule.properties {
        if hidden.additional.is_some() || is_taken(name) {
            *node = closed;
        }
    }
    let known = |rule: &ObjectRule, name: &str| rule.properties.iter().any(|(own, _)| own == name);
    for (name, _) in &hidden.properties {
        if !known(&rule, name) {
            rule.properties.push((name.clone(), closed));
        }
    }
    rule.patterns
        .extend(patterns.map(|pattern| (pattern.clone(), closed)));
    if hidden.additional.is_some() {
        rule.patterns.clear();
        rule.additional = Some(closed);
    }
    rule
}
