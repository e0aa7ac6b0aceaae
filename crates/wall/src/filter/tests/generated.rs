//! Random graphs, random values that mostly fit them, and random spellings of values.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::bundle::{ArrayRule, FilterNode, Mask, NodeIndex, ObjectRule, ScalarRule, UnionRule};

const NODES: NodeIndex = 6;

const NAMES: &[&str] = &[
    "a",
    "b",
    "kind",
    "id",
    "é",
    "quote\"",
    "",
    "__proto__",
    "a-rather-long-name",
    "x-1",
    "x-2",
];

fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(NAMES).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![name(), "[ -~]{0,20}", any::<String>(), "a{100,300}"]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..3).prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-8_i32..8).prop_map(|n| Value::from(f64::from(n) / 4.0))
    ]
}

pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from)
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((prop_oneof![4 => name(), 1 => text()], inner), 0..7)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

fn node_index() -> impl Strategy<Value = NodeIndex> {
    0..NODES
}

fn scalar(
    values: impl Strategy<Value = String> + 'static,
    masks: bool,
) -> impl Strategy<Value = ScalarRule> {
    let mask =
        prop_oneof![4 => Just(None), 1 => Just(Some(Mask::Last4)), 1 => Just(Some(Mask::Drop))];
    let values = values.boxed();
    (
        option::weighted(0.2, vec(values.clone(), 0..4)),
        prop_oneof![3 => Just(vec![]), 1 => vec(values, 1..3)],
        mask,
    )
        .prop_map(move |(values, hidden, mask)| ScalarRule {
            values,
            hidden,
            mask: mask.filter(|_| masks),
            ..ScalarRule::default()
        })
}

fn object() -> impl Strategy<Value = ObjectRule> {
    let pattern =
        proptest::sample::select(["^x-", "1$", "^[a-z]+$"].as_slice()).prop_map(str::to_owned);
    (
        vec((name(), node_index()), 0..6),
        prop_oneof![3 => Just(vec![]), 1 => vec((pattern, node_index()), 1..3)],
        option::weighted(0.3, node_index()),
    )
        .prop_map(|(mut properties, patterns, additional)| {
            let mut met = std::collections::HashSet::new();
            properties.retain(|(name, _)| met.insert(name.clone()));
            ObjectRule {
                properties,
                patterns,
                additional,
            }
        })
}

fn union() -> impl Strategy<Value = UnionRule> {
    (
        option::weighted(0.9, node_index()),
        node_index(),
        node_index(),
        option::of(node_index()),
    )
        .prop_map(|(empty, a, b, otherwise)| {
            let mut mapping = vec![("a".to_owned(), a), ("b".to_owned(), b)];
            mapping.extend(empty.map(|node| (String::new(), node)));
            UnionRule {
                property: "kind".to_owned(),
                mapping,
                otherwise,
            }
        })
}

fn array() -> impl Strategy<Value = ArrayRule> {
    (
        prop_oneof![2 => Just(vec![]), 1 => vec(node_index(), 1..3)],
        option::weighted(0.8, node_index()),
    )
        .prop_map(|(prefix, items)| ArrayRule { prefix, items })
}

fn node() -> impl Strategy<Value = FilterNode> {
    let numbers =
        proptest::sample::select(["1", "0.5", "-2", "1.0"].as_slice()).prop_map(str::to_owned);
    let flags = proptest::sample::select(["true", "false"].as_slice()).prop_map(str::to_owned);
    let shape = (
        any::<bool>(),
        option::of(scalar(flags, false)),
        option::of(scalar(numbers, false)),
        option::weighted(0.7, scalar(name(), true)),
        option::weighted(0.8, object()),
        option::weighted(0.15, union()),
        option::weighted(0.6, array()),
    );
    let shape =
        shape.prop_map(
            |(null, boolean, number, string, object, union, array)| FilterNode {
                any: false,
                null,
                boolean,
                number,
                string,
                object: object.filter(|_| union.is_none()),
                union,
                array,
            },
        );
    prop_oneof![1 => Just(FilterNode::default()), 1 => Just(FilterNode { any: true, ..FilterNode::default() }), 8 => shape]
}

pub fn nodes() -> impl Strategy<Value = Vec<FilterNode>> {
    vec(node(), NODES as usize)
}

/// The same graph with less in it: `choices` say what is taken away.
pub fn narrowed(nodes: &[FilterNode], choices: &[u8]) -> Vec<FilterNode> {
    let mut choices = choices.iter().cycle();
    let mut taken = || *choices.next().unwrap() < 64;
    let mut nodes = nodes.to_vec();
    for node in &mut nodes {
        node.null &= !taken();
        for rule in [&mut node.boolean, &mut node.string] {
            if taken() {
                *rule = None;
            }
        }
        if let Some(rule) = &mut node.string
            && taken()
        {
            rule.hidden.extend(["a".to_owned(), "b".to_owned()]);
        }
        if let Some(rule) = &mut node.object {
            rule.additional = rule.additional.filter(|_| !taken());
            for (_, target) in &mut rule.properties {
                // Node 0 may be anything; what is narrower for sure is a property that is closed.
                if taken() {
                    *target = NODES;
                }
            }
        }
        if let Some(rule) = &mut node.array
            && taken()
        {
            rule.items = None;
        }
    }
    nodes.push(FilterNode::default());
    nodes
}

/// A spelling of a value: whitespace and escapes where `noise` says.
pub fn spelled(value: &Value, noise: &[u8]) -> String {
    let mut noise = noise.iter().copied().cycle();
    let mut out = String::new();
    spell(value, &mut || noise.next().unwrap_or(0), &mut out);
    out
}

fn spell(value: &Value, noise: &mut impl FnMut() -> u8, out: &mut String) {
    blank(noise, out);
    match value {
        Value::String(text) => spell_string(text, noise, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                spell(item, noise, out);
            }
            blank(noise, out);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                blank(noise, out);
                spell_string(name, noise, out);
                blank(noise, out);
                out.push(':');
                spell(member, noise, out);
            }
            blank(noise, out);
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
    blank(noise, out);
}

fn blank(noise: &mut impl FnMut() -> u8, out: &mut String) {
    let chosen = noise();
    if chosen >= 0xC0 {
        out.push([' ', '\t', '\r', '\n'][usize::from(chosen % 4)]);
    }
}

fn spell_string(text: &str, noise: &mut impl FnMut() -> u8, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if noise() >= 0xE0 {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            let quoted = serde_json::to_string(&character).unwrap();
            out.push_str(&quoted[1..quoted.len() - 1]);
        }
    }
    out.push('"');
}
