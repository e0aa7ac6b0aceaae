//! JSON Pointer (RFC 6901).

use crate::arena::{Arena, NodeId, Value};

/// Reference tokens of a pointer, unescaped; nothing when it is not a pointer.
pub fn tokens(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let rest = pointer.strip_prefix('/')?;
    Some(rest.split('/').map(unescaped).collect())
}

/// A token as it is written (RFC 6901 §3).
pub fn escaped(token: &str) -> String {
    match token.contains(['~', '/']) {
        true => token.replace('~', "~0").replace('/', "~1"),
        false => token.to_owned(),
    }
}

/// What a written token stands for (RFC 6901 §4).
pub fn unescaped(token: &str) -> String {
    match token.contains('~') {
        true => token.replace("~1", "/").replace("~0", "~"),
        false => token.to_owned(),
    }
}

/// A pointer with one more token.
pub fn join(pointer: &str, token: &str) -> String {
    let token = escaped(token);
    let mut joined = String::with_capacity(pointer.len() + 1 + token.len());
    joined.push_str(pointer);
    joined.push('/');
    joined.push_str(&token);
    joined
}

/// What a token leads to, and where that is written: the key of a member, the value of an item.
pub fn step(arena: &Arena, from: NodeId, token: &str) -> Option<(NodeId, u32)> {
    match arena.value(from) {
        Value::Object(_) => arena
            .member(from, token)
            .map(|member| (member.value, member.key_at)),
        Value::Array(items) => {
            let item = *items.get(array_index(token)?)?;
            Some((item, arena.node(item).at))
        }
        _ => None,
    }
}

/// Digits without leading zeros.
fn array_index(token: &str) -> Option<usize> {
    let canonical = token == "0"
        || (!token.starts_with('0') && token.bytes().all(|byte| byte.is_ascii_digit()));
    if canonical { token.parse().ok() } else { None }
}

pub fn find(arena: &Arena, root: NodeId, tokens: &[String]) -> Option<NodeId> {
    tokens.iter().try_fold(root, |node, token| {
        step(arena, node, token).map(|(next, _)| next)
    })
}

/// Where the pointer's value (or its key) is written; the nearest ancestor that exists when it does not.
pub fn position(arena: &Arena, root: NodeId, tokens: &[String], key: bool) -> u32 {
    let mut node = root;
    let mut key_at = arena.node(root).at;
    for token in tokens {
        let Some((next, next_key_at)) = step(arena, node, token) else {
            break;
        };
        (node, key_at) = (next, next_key_at);
    }
    if key { key_at } else { arena.node(node).at }
}

/// RFC 3986 §2.1; what is not a valid escape stays as it is.
pub fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
