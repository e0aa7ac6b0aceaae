//! From a part to the JSON Pointer (RFC 6901) it has within its file.

use document::{Arena, Contract, NodeId, Value};

/// Empty for a file's root, and for what an overlay or a YAML alias brought in: only what is written there has one.
pub fn pointer(contract: &Contract, part: NodeId) -> String {
    let arena = &contract.arena;
    let at = arena.node(part).at;
    let file = arena.sources.file_of(at);
    let roots = contract.roots().iter().copied();
    let mut here = roots
        .into_iter()
        .find(|root| arena.sources.file_of(arena.node(*root).at) == file);
    let mut pointer = String::new();
    while let Some(node) = here {
        if node == part {
            return pointer;
        }
        here = child_towards(arena, node, at).map(|(token, child)| {
            pointer.push('/');
            pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
            child
        });
    }
    String::new()
}

/// The last child that begins no later than `at`.
fn child_towards(arena: &Arena, node: NodeId, at: u32) -> Option<(String, NodeId)> {
    match arena.value(node) {
        Value::Array(items) => {
            let past = items.partition_point(|item| arena.node(*item).at <= at);
            let index = past.checked_sub(1)?;
            Some((index.to_string(), items[index]))
        }
        Value::Object(members) => {
            let past = members.partition_point(|member| member.key_at <= at);
            let member = members.get(past.checked_sub(1)?)?;
            Some((arena.key(member).to_owned(), member.value))
        }
        _ => None,
    }
}
