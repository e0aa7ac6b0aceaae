//! Small documents in, readable answers out.
#![allow(dead_code, reason = "every test file uses its part")]

use std::collections::HashSet;

use document::contract::{Part, ReadFile, Reader, Refusal, VertexId};
use document::projection::visibility::Ground;
use document::{Arena, Contract, Format, Limits, NodeId, Problem, Value, parse, pointer};

pub fn read(name: &str, data: &[u8]) -> Result<(Arena, NodeId), (String, u32, u32)> {
    read_within(name, data, &Limits::default())
}

/// The error as (code, line, column).
pub fn read_within(
    name: &str,
    data: &[u8],
    limits: &Limits,
) -> Result<(Arena, NodeId), (String, u32, u32)> {
    let mut arena = Arena::default();
    match parse(&mut arena, name, data, None, limits) {
        Ok(root) => Ok((arena, root)),
        Err(problem) => Err(located(&arena, &problem)),
    }
}

pub fn read_as(format: Format, data: &[u8]) -> Option<(Arena, NodeId)> {
    let mut arena = Arena::default();
    let root = parse(&mut arena, "any", data, Some(format), &Limits::default()).ok()?;
    Some((arena, root))
}

pub fn located(arena: &Arena, problem: &Problem) -> (String, u32, u32) {
    let place = arena.sources.place(problem.at);
    (problem.code.to_string(), place.line, place.column)
}

/// The value as compact JSON.
pub fn json(arena: &Arena, node: NodeId) -> String {
    match arena.value(node) {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Long(digits) => digits.to_owned(),
        Value::Float(float) => format!("{float:?}"),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| json(arena, *item)).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let member = |member: &document::Member| {
                format!("{:?}:{}", arena.key(member), json(arena, member.value))
            };
            format!(
                "{{{}}}",
                members.iter().map(member).collect::<Vec<_>>().join(",")
            )
        }
    }
}

/// Line and column of a value.
pub fn place(arena: &Arena, root: NodeId, pointer: &str) -> (u32, u32) {
    let tokens = pointer::tokens(pointer).expect("a pointer");
    let place = arena
        .sources
        .place(pointer::position(arena, root, &tokens, false));
    (place.line, place.column)
}

/// Files in memory; anything else is refused.
pub struct Files(pub Vec<(&'static str, &'static str)>);

impl Reader for Files {
    fn read(&mut self, _base: &str, reference: &str) -> Result<ReadFile, Refusal> {
        let name = reference.trim_start_matches("./");
        match self.0.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Ok(ReadFile {
                name: (*name).to_owned(),
                data: text.as_bytes().to_vec(),
            }),
            None => Err(Refusal {
                code: "openapi-ref-outside".to_owned(),
                message: "no such file".to_owned(),
                help: String::new(),
            }),
        }
    }
}

pub fn file(name: &str, text: &str) -> ReadFile {
    ReadFile {
        name: name.to_owned(),
        data: text.as_bytes().to_vec(),
    }
}

/// A contract of one file and others it may refer to.
pub fn contract(
    text: &str,
    overlays: &[&str],
    files: Vec<(&'static str, &'static str)>,
) -> Contract {
    let overlays: Vec<_> = overlays
        .iter()
        .enumerate()
        .map(|(index, text)| file(&format!("overlay{index}.yaml"), text))
        .collect();
    let loaded = Contract::load(
        &file("api.yaml", text),
        &overlays,
        &mut Files(files),
        Limits::default(),
    );
    loaded.unwrap_or_else(|unreadable| panic!("{:?}", unreadable.arena.problems))
}

/// Problems as `code file:line:column`.
pub fn problems(contract: &Contract) -> Vec<String> {
    let shown = |problem: &Problem| {
        let place = contract.arena.sources.place(problem.at);
        format!(
            "{} {}:{}:{}",
            problem.code, place.file, place.line, place.column
        )
    };
    contract.arena.problems.iter().map(shown).collect()
}

/// Names of the labels the parts of an operation reach.
pub fn reached(contract: &Contract, path: &str, method: &str) -> Vec<String> {
    let facts = &contract.facts;
    let is_meant = |operation: &&document::contract::OperationFact| {
        facts.paths[operation.path as usize].template == path && operation.method == method
    };
    let operation = facts
        .operations
        .iter()
        .find(is_meant)
        .expect("the operation");
    let ground = Ground::new(contract);
    let found = ground.graph.find(operation.node, Part::Operation);
    let mut open: Vec<_> = found.into_iter().collect();
    open.extend(path_items(contract, &ground, path));
    let mut met = HashSet::new();
    while let Some(vertex) = open.pop() {
        if met.insert(vertex) {
            let edges = ground.graph.edges.iter();
            open.extend(edges.filter(|(from, _)| *from == vertex).map(|(_, to)| *to));
        }
    }
    let labels = contract.labels.iter();
    labels
        .filter(|label| label.kind.is_of_a_part() && met.contains(&label.vertex))
        .map(|label| label.name.clone())
        .collect()
}

fn path_items(contract: &Contract, ground: &Ground<'_>, path: &str) -> Vec<VertexId> {
    let arena = &contract.arena;
    let item = arena
        .get(contract.root, "paths")
        .and_then(|paths| arena.get(paths, path))
        .and_then(|item| ground.graph.find(item, Part::PathItem));
    item.map(|item| ground.chain(item).collect())
        .unwrap_or_default()
}
