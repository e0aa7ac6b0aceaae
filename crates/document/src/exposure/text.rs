//! The listing as text: one line per thing that is exposed, tab-separated, sorted, the files' names in front.

use ahash::{HashMap, HashSet};
use std::fmt::Write;

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::contract::{Contract, OperationFact, Part};
use crate::projection::Audience;

use super::places::{Name, Places, word};
use super::{Item, Kind, Seen, Way};

/// Of a line.
const USUAL_BYTES: usize = 128;

/// ring, kind, way, name, target, value, place, place of its label, operation, class, mask for partner, for public.
pub fn write(contract: &Contract, places: &Places<'_>, items: HashMap<Item, Seen>) -> String {
    let told: HashSet<(VertexId, Way)> = items
        .keys()
        .filter_map(|item| Some((told_with(contract, *item)?, item.way)))
        .collect();
    let mut lines: Vec<(Name, Way, Kind, String, Item, Seen)> = items
        .into_iter()
        .filter(|(item, _)| {
            item.kind != Kind::Reference || !told.contains(&(item.vertex, item.way))
        })
        .map(|(item, seen)| {
            let name = match item.kind {
                Kind::Operation | Kind::Opaque => places.operation(item.index),
                _ => places.name(contract.graph.node(item.vertex)),
            };
            let value = item.value.map(|value| said(contract, value));
            (
                name,
                item.way,
                item.kind,
                value.unwrap_or_default(),
                item,
                seen,
            )
        })
        .collect();
    lines.sort_unstable_by(|a, b| (&a.0, a.1, a.2, &a.3, a.4).cmp(&(&b.0, b.1, b.2, &b.3, b.4)));
    lines.dedup_by(|a, b| (&a.0, a.1, a.2, &a.3) == (&b.0, b.1, b.2, &b.3));
    let files = contract.arena.sources.files().iter();
    let mut text = files
        .map(|file| file.name.replace(char::is_control, "\u{fffd}"))
        .collect::<Vec<_>>()
        .join("\t");
    text.reserve(lines.len() * USUAL_BYTES);
    // Many things lead to few.
    let mut targets: HashMap<VertexId, String> = HashMap::default();
    let mut told_of = |target: VertexId| {
        let name = || places.name(contract.graph.node(target)).to_string();
        targets.entry(target).or_insert_with(name).clone()
    };
    for (name, way, kind, value, item, seen) in lines {
        let target = match item.kind {
            Kind::Operation => Some(demand(&contract.facts.operations[item.index as usize])),
            _ => target(contract, places, item).map(&mut told_of),
        };
        for (index, said) in [ring(seen.ring), kind_word(kind), way_word(way)]
            .iter()
            .enumerate()
        {
            text.push(if index == 0 { '\n' } else { '\t' });
            text.push_str(said);
        }
        let _ = write!(text, "\t{name}\t{}\t{value}\t", target.unwrap_or_default());
        place(contract, seen.at, &mut text);
        text.push('\t');
        if let Some(at) = seen.label {
            place(contract, at, &mut text);
        }
        text.push('\t');
        places.write_operation(seen.through, &mut text);
        text.push('\t');
        sensitivity(&seen, &mut text);
    }
    text
}

/// What a call demands: scopes, `|` between alternatives; `where`: values that must be the caller's own.
fn demand(operation: &OperationFact) -> String {
    let alternatives = operation.scopes.iter().map(|scopes| {
        let scopes = scopes.iter().map(|scope| match scope.as_str() {
            "|" | "->" | "where" => format!("\"{scope}\""),
            scope => word(scope),
        });
        scopes.collect::<Vec<_>>().join(" ")
    });
    let scopes = alternatives.collect::<Vec<_>>().join(" | ");
    let bindings = operation
        .bindings
        .iter()
        .map(|binding| word(&binding.written()));
    let bound = bindings.collect::<Vec<_>>().join(" ");
    match (scopes.is_empty(), bound.is_empty()) {
        (_, true) => scopes,
        (true, false) => format!("where {bound}"),
        (false, false) => format!("{scopes} where {bound}"),
    }
}

/// What a part refers to; of a parameter, header or media type also what its schema refers to.
fn target(contract: &Contract, places: &Places<'_>, item: Item) -> Option<VertexId> {
    match item.kind {
        Kind::Operation | Kind::Opaque | Kind::Value => None,
        _ => places.target(item.vertex).or_else(|| {
            let schema = schema_of(contract, item)?;
            places.target(schema)
        }),
    }
}

/// The schema whose reference is told with an item.
fn told_with(contract: &Contract, item: Item) -> Option<VertexId> {
    match item.kind {
        Kind::Field | Kind::Open => Some(item.vertex),
        _ => schema_of(contract, item),
    }
}

/// The schema of a part that has one.
fn schema_of(contract: &Contract, item: Item) -> Option<VertexId> {
    if !matches!(item.kind, Kind::Parameter | Kind::Header | Kind::Media) {
        return None;
    }
    let node = contract.graph.node(item.vertex);
    let schema = contract.arena.get(node, "schema")?;
    contract.graph.find(schema, Part::Schema)
}

fn said(contract: &Contract, value: NodeId) -> String {
    word(&written(&contract.arena, value).unwrap_or_default())
}

fn place(contract: &Contract, at: u32, text: &mut String) {
    let sources = &contract.arena.sources;
    let place = sources.place(at);
    let _ = write!(
        text,
        "{}:{}:{}",
        sources.file_of(at).0,
        place.line,
        place.column
    );
}

fn sensitivity(seen: &Seen, text: &mut String) {
    if let Some(says) = seen.sensitive {
        let masking = |ring| says.masking(ring).map_or("", |masking| masking.word());
        let (partner, public) = (masking(Audience::Partner), masking(Audience::Public));
        let _ = write!(text, "{}\t{partner}\t{public}", says.class.word());
    } else {
        text.push_str("\t\t");
    }
}

fn ring(ring: Audience) -> &'static str {
    match ring {
        Audience::Internal => "internal",
        Audience::Partner => "partner",
        Audience::Public => "public",
    }
}

fn way_word(way: Way) -> &'static str {
    match way {
        Way::Call => "call",
        Way::Opaque => "opaque",
        Way::Read => "read",
        Way::Write => "write",
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Operation => "operation",
        Kind::Opaque => "opaque",
        Kind::Parameter => "parameter",
        Kind::Body => "body",
        Kind::Response => "response",
        Kind::Header => "header",
        Kind::Media => "media",
        Kind::Field => "field",
        Kind::Open => "open",
        Kind::Value => "value",
        Kind::Reference => "reference",
    }
}
