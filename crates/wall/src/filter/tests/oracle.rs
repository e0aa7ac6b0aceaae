//! What a graph lets through, once more and slowly: over a tree, value by value, with nothing shared but the graph's
//! own form.

use serde_json::{Map, Value};

use crate::bundle::{FilterNode, Mask, NodeIndex, ObjectRule, ScalarRule};

pub fn projected(nodes: &[FilterNode], index: NodeIndex, value: &Value) -> Option<Value> {
    let node = &nodes[index as usize];
    if node.any {
        return Some(value.clone());
    }
    match value {
        Value::Null => node.null.then_some(Value::Null),
        Value::Bool(flag) => scalar(node.boolean.as_ref()?, &flag.to_string(), value),
        Value::Number(number) => scalar(node.number.as_ref()?, &number.to_string(), value),
        Value::String(text) => scalar(node.string.as_ref()?, text, value),
        Value::Object(members) => object(nodes, index, members),
        Value::Array(items) => array(nodes, node, items),
    }
}

fn scalar(rule: &ScalarRule, text: &str, value: &Value) -> Option<Value> {
    let same = |other: &String| match value {
        Value::Number(_) => other.parse::<f64>().unwrap() == text.parse::<f64>().unwrap(),
        _ => other == text,
    };
    let listed = rule
        .values
        .as_ref()
        .is_none_or(|values| values.iter().any(same));
    if !listed || rule.hidden.iter().any(same) {
        return None;
    }
    match rule.mask {
        None => Some(value.clone()),
        Some(Mask::Drop | Mask::Hash) => None,
        Some(Mask::Last4) => {
            let characters: Vec<char> = text.chars().collect();
            let shown = if characters.len() < 8 {
                &[]
            } else {
                &characters[characters.len() - 4..]
            };
            Some(format!("****{}", shown.iter().collect::<String>()).into())
        }
    }
}

fn object(nodes: &[FilterNode], index: NodeIndex, members: &Map<String, Value>) -> Option<Value> {
    let mut node = &nodes[index as usize];
    for _ in 0..4 {
        let Some(union) = &node.union else {
            break;
        };
        let said = members.get(&union.property).and_then(Value::as_str);
        let mapped = union
            .mapping
            .iter()
            .find(|(value, _)| Some(value.as_str()) == said);
        node = &nodes[mapped.map(|(_, node)| *node).or(union.otherwise)? as usize];
    }
    if node.any {
        return Some(Value::Object(members.clone()));
    }
    let rule = node.object.as_ref()?;
    let member = |(name, value): (&String, &Value)| {
        let projected = projected(nodes, under(rule, name)?, value)?;
        Some((name.clone(), projected))
    };
    Some(Value::Object(members.iter().filter_map(member).collect()))
}

fn under(rule: &ObjectRule, name: &str) -> Option<NodeIndex> {
    if let Some((_, node)) = rule.properties.iter().find(|(known, _)| known == name) {
        return Some(*node);
    }
    let matches = |(pattern, node): &(String, NodeIndex)| {
        regex::Regex::new(pattern)
            .unwrap()
            .is_match(name)
            .then_some(*node)
    };
    let matching: Vec<_> = rule.patterns.iter().filter_map(matches).collect();
    match matching.as_slice() {
        [] => rule.additional,
        [first, others @ ..] => others.iter().all(|other| other == first).then_some(*first),
    }
}

fn array(nodes: &[FilterNode], node: &FilterNode, items: &[Value]) -> Option<Value> {
    let rule = node.array.as_ref()?;
    let mut shown = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let own = rule.prefix.get(position).copied();
        let projected = own
            .or(rule.items)
            .and_then(|node| projected(nodes, node, item));
        if projected.is_none() && own.is_some() {
            break;
        }
        shown.extend(projected);
    }
    Some(Value::Array(shown))
}
