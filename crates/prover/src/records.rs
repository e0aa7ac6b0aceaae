//! What a bundle puts on record, held against what a document says is written.

use document::NodeId;
use wall::bundle::{Record, RecordPlace};

use crate::authorization::place_of;
use crate::contract::Contract;

/// Schemas looked at for one id.
const MAX_SCHEMAS: usize = 10_000;

/// One operation of a document, and the template it has there.
pub struct Said<'s> {
    pub operation: NodeId,
    pub items: &'s [NodeId],
    pub template: &'s str,
}

/// Why a bundle does not record what the documents say; nothing where it does.
pub fn unrecorded(
    contract: &Contract,
    said: &[Said<'_>],
    template: &str,
    reached: Option<&Record>,
) -> Option<&'static str> {
    let stated: Vec<(&Said<'_>, NodeId)> = said
        .iter()
        .filter_map(|one| Some((one, stated(contract, one.operation)?)))
        .collect();
    match reached {
        None => {
            (!stated.is_empty()).then_some("is on no record, and the document says what it writes")
        }
        Some(_) if stated.is_empty() => Some("is on record, and the document says of none"),
        Some(reached) => stated.iter().find_map(|(one, record)| {
            if !is_same(contract, *record, one, template, reached) {
                return Some("is on record as another than the document says");
            }
            let bare = !reached.sensitive && is_sensitive(contract, one, reached);
            bare.then_some("is on record with an id that the document marks sensitive")
        }),
    }
}

fn stated(contract: &Contract, operation: NodeId) -> Option<NodeId> {
    let mut chain = contract.chain(operation);
    chain.find_map(|one| contract.arena.get(one, "x-record"))
}

fn is_same(
    contract: &Contract,
    record: NodeId,
    said: &Said<'_>,
    template: &str,
    reached: &Record,
) -> bool {
    let text = |key| contract.arena.get_string(record, key).unwrap_or_default();
    let (id, name) = (text("id"), reached.name.as_str());
    let is_there = match reached.place {
        RecordPlace::Path => id
            .strip_prefix("path.")
            .and_then(|named| place_of(said.template, named))
            .is_some_and(|place| place_of(template, name) == Some(place)),
        RecordPlace::Query => id.strip_prefix("query.") == Some(name),
        RecordPlace::Request => id.strip_prefix("request.body#") == Some(name),
        RecordPlace::Response => id.strip_prefix("response.body#") == Some(name),
    };
    text("type") == reached.kind && is_there
}

/// Whether anything between the call and the id is marked.
fn is_sensitive(contract: &Contract, said: &Said<'_>, reached: &Record) -> bool {
    let arena = &contract.arena;
    let holders: Vec<NodeId> = contract
        .chain(said.operation)
        .chain(said.items.iter().copied())
        .collect();
    let tokens = || document::pointer::tokens(&reached.name).unwrap_or_default();
    let mut left = MAX_SCHEMAS;
    let mut marked = |contents: Vec<NodeId>| {
        let media = contents
            .into_iter()
            .flat_map(|content| arena.members(content));
        let json = media.filter(|one| arena.key(one).to_ascii_lowercase().contains("json"));
        let mut schemas = json.filter_map(|one| arena.get(one.value, "schema"));
        schemas.any(|schema| is_marked(contract, schema, &tokens(), &mut left))
    };
    match reached.place {
        RecordPlace::Path | RecordPlace::Query => {
            let lists = holders
                .iter()
                .filter_map(|one| arena.get(*one, "parameters"));
            let mut each = lists.flat_map(|list| arena.items(list));
            each.any(|parameter| {
                let end = contract.end(*parameter);
                let schema = arena.get(end, "schema");
                is_named(contract, end, said, reached)
                    && (arena.get(end, "x-sensitive").is_some()
                        || schema.is_some_and(|one| is_marked(contract, one, &[], &mut left)))
            })
        }
        RecordPlace::Request => {
            let bodies = holders
                .iter()
                .filter_map(|one| arena.get(*one, "requestBody"));
            let contents = bodies.filter_map(|body| arena.get(contract.end(body), "content"));
            marked(contents.collect())
        }
        RecordPlace::Response => {
            let lists = contract
                .chain(said.operation)
                .filter_map(|one| arena.get(one, "responses"));
            let each = lists.flat_map(|list| arena.members(list));
            let done = each.filter(|member| arena.key(member).starts_with('2'));
            let contents =
                done.filter_map(|member| arena.get(contract.end(member.value), "content"));
            marked(contents.collect())
        }
    }
}

/// Whether a parameter is the one the document's id names.
fn is_named(contract: &Contract, parameter: NodeId, said: &Said<'_>, reached: &Record) -> bool {
    let arena = &contract.arena;
    let name = arena.get_string(parameter, "name").unwrap_or_default();
    let stated = stated(contract, said.operation);
    let id = stated.and_then(|one| arena.get_string(one, "id"));
    let place = match reached.place {
        RecordPlace::Path => "path.",
        _ => "query.",
    };
    id.and_then(|id| id.strip_prefix(place)) == Some(name)
}

fn is_marked(contract: &Contract, schema: NodeId, tokens: &[String], left: &mut usize) -> bool {
    if *left == 0 {
        return true; // what was not looked at may be
    }
    *left -= 1;
    let arena = &contract.arena;
    let chain: Vec<NodeId> = contract.chain(schema).collect();
    let declares = |node: NodeId, left: &mut usize| {
        let (first, rest) = tokens.split_first()?;
        let property = arena.get(arena.get(node, "properties")?, first)?;
        Some((property, rest)).map(|(property, rest)| is_marked(contract, property, rest, left))
    };
    let here = chain
        .iter()
        .any(|node| arena.get(*node, "x-sensitive").is_some());
    if here && (tokens.is_empty() || leads(contract, schema, tokens, left)) {
        return true;
    }
    chain.into_iter().any(|node| {
        let branches = ["allOf", "anyOf", "oneOf"].into_iter();
        let lists = branches.filter_map(|key| arena.get(node, key));
        let branches: Vec<NodeId> = lists.flat_map(|list| arena.items(list)).copied().collect();
        declares(node, left).unwrap_or(false)
            || branches
                .into_iter()
                .any(|branch| is_marked(contract, branch, tokens, left))
    })
}

/// Whether a schema declares what the tokens lead to.
fn leads(contract: &Contract, schema: NodeId, tokens: &[String], left: &mut usize) -> bool {
    let Some((first, rest)) = tokens.split_first() else {
        return true;
    };
    if *left == 0 {
        return true;
    }
    *left -= 1;
    let arena = &contract.arena;
    let chain: Vec<NodeId> = contract.chain(schema).collect();
    chain.into_iter().any(|node| {
        let property = arena
            .get(node, "properties")
            .and_then(|properties| arena.get(properties, first));
        let branches = ["allOf", "anyOf", "oneOf"].into_iter();
        let lists = branches.filter_map(|key| arena.get(node, key));
        let branches: Vec<NodeId> = lists.flat_map(|list| arena.items(list)).copied().collect();
        property.is_some_and(|property| leads(contract, property, rest, left))
            || branches
                .into_iter()
                .any(|branch| leads(contract, branch, tokens, left))
    })
}
