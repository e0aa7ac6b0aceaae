//! What parts of a contract are called: a JSON Pointer into their file, or where they stand in an operation.

use std::borrow::Cow;

use ahash::HashMap;

use crate::arena::{Arena, NodeId, Value};
use crate::contract::graph::VertexId;
use crate::contract::{Contract, METHODS, Part};
use crate::pointer;

const NOWHERE: u32 = u32::MAX;

/// References to references of one parameter.
const REFERENCE_CHAIN: usize = 8;

/// Where a node is found: what holds it, and at which member or item.
#[derive(Clone, Copy)]
struct Holder {
    node: u32,
    ordinal: u32,
}

/// Names all nodes of a contract. Linear in the contract once; a name costs its depth.
pub struct Places<'c> {
    contract: &'c Contract,
    holders: Vec<Holder>,
    targets: HashMap<VertexId, VertexId>,
}

/// A name, and by what it is sorted: operations first, by path and method.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    is_pointer: bool,
    /// Of what stands in a path item of the entry document.
    path: String,
    method: &'static str,
    rest: String,
}

impl<'c> Places<'c> {
    pub fn new(contract: &'c Contract) -> Places<'c> {
        let nowhere = Holder {
            node: NOWHERE,
            ordinal: 0,
        };
        let mut places = Places {
            contract,
            holders: vec![nowhere; contract.arena.nodes.len()],
            targets: contract.graph.references.iter().copied().collect(),
        };
        for root in &contract.roots {
            places.find_all(*root);
        }
        places
    }

    /// Level by level, so that what YAML says once and means twice is named by the shorter way.
    fn find_all(&mut self, root: NodeId) {
        let arena = &self.contract.arena;
        let mut level = vec![root];
        self.hold(root, root, 0);
        while !level.is_empty() {
            let mut next = Vec::new();
            for node in level {
                for (ordinal, child) in children(arena, node) {
                    if self.holders[child.0 as usize].node == NOWHERE {
                        self.hold(child, node, ordinal);
                        next.push(child);
                    }
                }
            }
            level = next;
        }
    }

    fn hold(&mut self, node: NodeId, holder: NodeId, ordinal: u32) {
        let node = &mut self.holders[node.0 as usize];
        *node = Holder {
            node: holder.0,
            ordinal,
        };
    }

    /// The root a node is below, and the way from there.
    fn way(&self, node: NodeId) -> (NodeId, Vec<Cow<'c, str>>) {
        let (mut at, mut tokens) = (node, Vec::new());
        loop {
            let holder = self.holders[at.0 as usize];
            if holder.node == at.0 || holder.node == NOWHERE {
                tokens.reverse();
                return (at, tokens);
            }
            let parent = NodeId(holder.node);
            tokens.push(self.token(parent, at, holder.ordinal));
            at = parent;
        }
    }

    fn token(&self, parent: NodeId, node: NodeId, ordinal: u32) -> Cow<'c, str> {
        let arena = &self.contract.arena;
        match arena.value(parent) {
            Value::Object(members) => Cow::Borrowed(arena.key(&members[ordinal as usize])),
            _ => Cow::Owned(self.parameter(node).unwrap_or_else(|| ordinal.to_string())),
        }
    }

    /// Parameters stand in lists, and are told apart by these two (OpenAPI, Parameter Object).
    fn parameter(&self, node: NodeId) -> Option<String> {
        let graph = &self.contract.graph;
        let mut vertex: VertexId = graph.find(node, Part::Parameter)?;
        for _ in 0..REFERENCE_CHAIN {
            vertex = self.target(vertex).unwrap_or(vertex);
        }
        let arena = &self.contract.arena;
        let node = graph.node(vertex);
        let (place, name) = (
            arena.get_string(node, "in")?,
            arena.get_string(node, "name")?,
        );
        Some(format!("{place}.{name}"))
    }

    /// Where the vertex's `$ref` leads.
    pub fn target(&self, vertex: VertexId) -> Option<VertexId> {
        self.targets.get(&vertex).copied()
    }

    /// An operation by its method and path, wherever it is written.
    pub fn operation(&self, index: u32) -> Name {
        let facts = &self.contract.facts;
        let fact = &facts.operations[index as usize];
        Name {
            is_pointer: false,
            path: facts.paths[fact.path as usize].template.clone(),
            method: in_capitals(fact.method),
            rest: String::new(),
        }
    }

    /// What `operation` is written as.
    pub fn write_operation(&self, index: u32, text: &mut String) {
        let facts = &self.contract.facts;
        let fact = &facts.operations[index as usize];
        let template = &facts.paths[fact.path as usize].template;
        text.push_str(in_capitals(fact.method));
        text.push(' ');
        text.push_str(&plain(template));
    }

    pub fn name(&self, node: NodeId) -> Name {
        let (root, tokens) = self.way(node);
        if root == self.contract.root && tokens.len() >= 2 && tokens[0] == "paths" {
            return in_paths(&tokens);
        }
        let file = if root == self.contract.root {
            ""
        } else {
            self.contract.arena.place(root).file
        };
        let pointer = pointer_of(&tokens);
        Name {
            is_pointer: true,
            path: String::new(),
            method: "",
            rest: word(&format!("{file}#{pointer}")),
        }
    }
}

impl std::fmt::Display for Name {
    /// `GET /orders responses/200`, `/orders parameters/query.page`, `#/components/schemas/Order`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = match self.is_pointer {
            true => Cow::Borrowed(""),
            false => plain(&self.path),
        };
        let words = [self.method, &path, &self.rest].into_iter();
        for (index, word) in words.filter(|word| !word.is_empty()).enumerate() {
            f.write_str(if index == 0 { "" } else { " " })?;
            f.write_str(word)?;
        }
        Ok(())
    }
}

fn in_paths(tokens: &[Cow<'_, str>]) -> Name {
    let method = tokens.get(2).map_or("", |token| in_capitals(token));
    let below = if method.is_empty() {
        &tokens[2..]
    } else {
        &tokens[3..]
    };
    let rest = pointer_of(below);
    let rest = rest.strip_prefix('/').unwrap_or_default();
    Name {
        is_pointer: false,
        path: tokens[1].to_string(),
        method,
        rest: if rest.is_empty() {
            String::new()
        } else {
            word(rest)
        },
    }
}

fn pointer_of(tokens: &[Cow<'_, str>]) -> String {
    let mut pointer = String::new();
    for token in tokens {
        pointer.push('/');
        match token.contains(['~', '/']) {
            true => pointer.push_str(&pointer::escaped(token)),
            false => pointer.push_str(token),
        }
    }
    pointer
}

/// A method as requests have it; nothing for what is none.
fn in_capitals(method: &str) -> &'static str {
    const CAPITALS: [&str; METHODS.len()] = [
        "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
    ];
    let index = METHODS.iter().position(|known| *known == method);
    index.map_or("", |index| CAPITALS[index])
}

/// A word of a line: as it is, or as JSON where it would not be one word.
pub fn word(text: &str) -> String {
    plain(text).into_owned()
}

fn plain(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '"';
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            ' ' => quoted.push(' '),
            _ if letter.is_control() || letter.is_whitespace() => {
                quoted.push_str(&format!("\\u{:04x}", letter as u32));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

fn children(arena: &Arena, node: NodeId) -> Vec<(u32, NodeId)> {
    match arena.value(node) {
        Value::Object(members) => {
            let values = members.iter().map(|member| member.value);
            (0..).zip(values).collect()
        }
        Value::Array(items) => (0..).zip(items.iter().copied()).collect(),
        _ => Vec::new(),
    }
}
