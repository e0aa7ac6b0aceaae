//! From where to where something is written, as Spectral counts it: lines and columns from 0.

use document::{Arena, NodeId, Value, pointer};

/// Line and column of the first character, and of the one after the last; from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: (u32, u32),
    pub end: (u32, u32),
}

/// An object or list that has a name begins after the name's colon; everything ends with its last value.
pub fn range(arena: &Arena, root: NodeId, path: &[String]) -> Range {
    let (start, node) = start_and_node(arena, root, path);
    Range {
        start: place(arena, start),
        end: place(arena, end(arena, node)),
    }
}

/// The global offset at which something is written.
pub fn start(arena: &Arena, root: NodeId, path: &[String]) -> u32 {
    start_and_node(arena, root, path).0
}

fn start_and_node(arena: &Arena, root: NodeId, path: &[String]) -> (u32, NodeId) {
    let (mut node, mut key_at) = (root, None);
    for token in path {
        let Some((next, next_key_at)) = pointer::step(arena, node, token) else {
            break;
        };
        let named = matches!(arena.value(node), Value::Object(_));
        (node, key_at) = (next, named.then_some(next_key_at));
    }
    let container = matches!(arena.value(node), Value::Object(_) | Value::Array(_));
    let start = match key_at {
        Some(key_at) if container => after_token(arena, key_at, ":") + 1,
        _ if path.is_empty() => {
            arena.sources.files()[arena.sources.file_of(arena.node(root).at).0 as usize].base
        }
        _ => arena.node(node).at,
    };
    (start, node)
}

/// Line and column of a global offset, from 0.
pub fn place(arena: &Arena, at: u32) -> (u32, u32) {
    let place = arena.sources.place(at);
    (place.line - 1, place.column - 1)
}

fn end(arena: &Arena, mut node: NodeId) -> u32 {
    loop {
        let last = match arena.value(node) {
            Value::Object(members) => members.last().map(|member| member.value),
            Value::Array(items) => items.last().copied(),
            _ => None,
        };
        match last {
            Some(last) => node = last,
            None => return after_value(arena, node),
        }
    }
}

fn after_value(arena: &Arena, node: NodeId) -> u32 {
    let at = arena.node(node).at;
    match arena.value(node) {
        Value::Object(_) | Value::Array(_) => at + 2,
        Value::String(text) if arena.sources.rest(at).starts_with(text) => at + text.len() as u32,
        _ => after_token(arena, at, ",]}"),
    }
}

/// The offset after a quoted text, or before what ends a plain one.
fn after_token(arena: &Arena, at: u32, ends: &str) -> u32 {
    let rest = arena.sources.rest(at);
    let mut characters = rest.char_indices();
    match characters.next() {
        Some((_, quote @ ('"' | '\''))) => {
            let mut escaped = false;
            for (index, character) in characters {
                if escaped {
                    escaped = false;
                } else if character == '\\' && quote == '"' {
                    escaped = true;
                } else if character == quote {
                    return at + index as u32 + 1;
                }
            }
            at + rest.len() as u32
        }
        _ => {
            // Not the line first: it may be all of a document.
            let is_end = |c: char| c == '\n' || c == '\r' || ends.contains(c);
            let end = rest.find(is_end).unwrap_or(rest.len());
            at + rest[..end].trim_end().len() as u32
        }
    }
}
