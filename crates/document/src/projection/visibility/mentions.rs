//! Whether a part of a document names what is hidden elsewhere.

use std::collections::HashSet;

use crate::arena::{Arena, NodeId, Value};
use crate::contract::Part;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;

use super::super::names::Names;
use super::Ground;

/// Whether a key or text below a node is the name of something hidden, or holds one as a word (an expression such
/// as `$response.body#/secret`). As deep as the document, which parsing bounds.
pub fn mentions(arena: &Arena, names: &Names, node: NodeId) -> bool {
    match arena.value(node) {
        Value::Array(items) => items.iter().any(|item| mentions(arena, names, *item)),
        Value::Object(members) => members.iter().any(|member| {
            has_name(names, arena.key(member)) || mentions(arena, names, member.value)
        }),
        _ => written(arena, node).is_some_and(|text| has_name(names, &text)),
    }
}

/// The text itself, or a word of it.
pub fn has_name(names: &Names, text: &str) -> bool {
    let is_between = |character: char| !(character.is_alphanumeric() || "_-".contains(character));
    names.mentions(text) || text.split(is_between).any(|word| names.mentions(word))
}

/// Whether a schema judges a value by nothing but scalars of named fields, none of which is hidden anywhere: taking
/// hidden fields from the value cannot change its judgement.
pub fn is_insensitive(ground: &Ground<'_>, names: &Names, schema: VertexId) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![(schema, false)];
    while let Some((schema, is_property)) = open.pop() {
        if !seen.insert((schema, is_property)) {
            continue;
        }
        let node = ground.node(schema);
        if mentions(ground.arena, names, node) {
            return false;
        }
        open.extend(ground.target(schema).map(|to| (to, is_property)));
        for member in ground.arena.members(node) {
            let key = ground.arena.key(member);
            match key {
                "allOf" | "anyOf" | "oneOf" => {
                    let branches = ground.list(schema, key, Part::Schema).into_iter();
                    open.extend(branches.map(|branch| (branch, is_property)));
                }
                "not" => open.extend(ground.schema(schema, key).map(|one| (one, is_property))),
                "properties" if !is_property => {
                    let properties = ground.map(schema, key, Part::Schema).into_iter();
                    open.extend(properties.map(|(_, property)| (property, true)));
                }
                "required" if !is_property => {}
                "enum" | "const" if has_no_container(ground.arena, member.value) => {}
                _ if is_of_scalars(key) => {}
                _ => return false,
            }
        }
    }
    true
}

fn has_no_container(arena: &Arena, values: NodeId) -> bool {
    let is_scalar =
        |node: &NodeId| !matches!(arena.value(*node), Value::Array(_) | Value::Object(_));
    is_scalar(&values) || arena.items(values).iter().all(is_scalar)
}

fn is_of_scalars(key: &str) -> bool {
    matches!(
        key,
        "$ref"
            | "$comment"
            | "title"
            | "description"
            | "type"
            | "format"
            | "nullable"
            | "pattern"
            | "multipleOf"
            | "maximum"
            | "minimum"
            | "exclusiveMaximum"
            | "exclusiveMinimum"
            | "maxLength"
            | "minLength"
    ) || key.starts_with("x-")
}
