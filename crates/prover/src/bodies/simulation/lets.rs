//! What a single node lets through.

use wall::bundle::{ArrayRule, FilterNode, NodeIndex, ObjectRule, ScalarRule};

use crate::bodies::kinds::{ARRAY, BOOLEAN, Kinds, NULL, NUMBER, OBJECT, STRING};

/// The node at `index`, through which whatever stands there leaves, in the terms of other nodes.
pub(super) fn anything(index: NodeIndex) -> FilterNode {
    let scalar = Some(ScalarRule::default());
    FilterNode {
        null: true,
        boolean: scalar.clone(),
        number: scalar.clone(),
        string: scalar,
        object: Some(ObjectRule {
            additional: Some(index),
            ..ObjectRule::default()
        }),
        array: Some(ArrayRule {
            items: Some(index),
            ..ArrayRule::default()
        }),
        ..FilterNode::default()
    }
}

pub(super) fn types_of(node: &FilterNode) -> impl Iterator<Item = (&'static str, Kinds)> {
    let scalar = |rule: &Option<ScalarRule>| rule.as_ref().is_some_and(lets_any);
    let has = [
        ("null", NULL, node.null),
        ("boolean", BOOLEAN, scalar(&node.boolean)),
        ("number", NUMBER, scalar(&node.number)),
        ("string", STRING, scalar(&node.string)),
        (
            "object",
            OBJECT,
            node.object.is_some() || node.union.is_some(),
        ),
        ("array", ARRAY, node.array.is_some()),
    ];
    has.into_iter()
        .filter(|(_, _, has)| *has)
        .map(|(name, kind, _)| (name, kind))
}

pub(super) fn lets_any(rule: &ScalarRule) -> bool {
    rule.values
        .as_ref()
        .is_none_or(|values| values.iter().any(|value| !rule.hidden.contains(value)))
}

pub(super) fn lets_nothing(node: &FilterNode) -> bool {
    !node.any && types_of(node).next().is_none()
}

/// Whether a rule lets a value through. Numbers are compared as such.
pub(super) fn lets(rule: &ScalarRule, value: &str, kind: Kinds) -> bool {
    let number = value.parse::<f64>().ok().filter(|_| kind == NUMBER);
    let is_same = |other: &String| match number {
        Some(number) => other.parse::<f64>().is_ok_and(|other| other == number),
        None => other == value,
    };
    let fits = match kind {
        NUMBER => number.is_some(),
        BOOLEAN => matches!(value, "true" | "false"),
        _ => true,
    };
    fits && rule
        .values
        .as_ref()
        .is_none_or(|values| values.iter().any(is_same))
        && !rule.hidden.iter().any(is_same)
}
