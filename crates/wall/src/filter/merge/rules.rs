//! Scalars of several nodes as one.

use std::collections::BTreeSet;

use super::How;
use crate::bundle::{ArrayRule, FilterNode, Mask, NodeIndex, ObjectRule, ScalarRule};

pub fn null(how: How, nodes: &[FilterNode]) -> bool {
    match how {
        How::Any => nodes.iter().any(|node| node.null),
        How::All => nodes.iter().all(|node| node.null),
    }
}

/// Node by node: the rule, or none where the type is not declared.
pub fn scalar<'a>(
    how: How,
    rules: impl Iterator<Item = Option<&'a ScalarRule>>,
) -> Option<ScalarRule> {
    let rules: Vec<_> = rules.collect();
    let declared: Vec<_> = rules.iter().copied().flatten().collect();
    if declared.is_empty() {
        return None;
    }
    if how == How::All && declared.len() < rules.len() {
        let hides = declared.iter().any(|rule| rule.hides());
        return hides.then(ScalarRule::none);
    }
    let hidden: BTreeSet<_> = declared
        .iter()
        .flat_map(|rule| rule.hidden.iter().cloned())
        .collect();
    let masks: BTreeSet<_> = declared
        .iter()
        .filter_map(|rule| rule.mask.map(strictness))
        .collect();
    let mask = match masks.len() {
        0 => None,
        1 => declared.iter().find_map(|rule| rule.mask),
        _ => Some(Mask::Drop), // what one shows the other would give away
    };
    Some(ScalarRule {
        values: values(how, &declared),
        hidden: hidden.into_iter().collect(),
        withheld: match how {
            How::Any => declared.iter().all(|rule| rule.withheld),
            How::All => declared.iter().any(|rule| rule.withheld),
        },
        mask,
    })
}

/// A node that lets nothing through, and only says of which types that is, is closed.
pub fn settled(node: FilterNode) -> FilterNode {
    let lets = |rule: &Option<ScalarRule>| rule.as_ref().is_some_and(|rule| !rule.withheld);
    let lets_any = node.any
        || node.null
        || node.object.is_some()
        || node.union.is_some()
        || node.array.is_some()
        || [&node.boolean, &node.number, &node.string]
            .into_iter()
            .any(lets);
    if lets_any {
        node
    } else {
        FilterNode::default()
    }
}

fn strictness(mask: Mask) -> u8 {
    match mask {
        Mask::Last4 => 0,
        Mask::Hash => 1,
        Mask::Drop => 2,
    }
}

/// In the order in which they are first listed.
fn values(how: How, rules: &[&ScalarRule]) -> Option<Vec<String>> {
    let listed = || rules.iter().filter_map(|rule| rule.values.as_ref());
    let is_unlimited = |rule: &&ScalarRule| rule.values.is_none();
    if listed().next().is_none() || (how == How::Any && rules.iter().any(is_unlimited)) {
        return None;
    }
    let mut met = BTreeSet::new();
    let everywhere =
        |value: &&String| how == How::Any || listed().all(|values| values.contains(value));
    let values = listed().flatten().filter(everywhere);
    Some(values.filter(|value| met.insert(*value)).cloned().collect())
}

/// `any`, type by type.
pub fn everything(open: NodeIndex) -> FilterNode {
    FilterNode {
        any: false,
        null: true,
        boolean: Some(ScalarRule::default()),
        number: Some(ScalarRule::default()),
        string: Some(ScalarRule::default()),
        object: Some(ObjectRule {
            additional: Some(open),
            ..ObjectRule::default()
        }),
        union: None,
        array: Some(ArrayRule {
            prefix: Vec::new(),
            items: Some(open),
        }),
    }
}
