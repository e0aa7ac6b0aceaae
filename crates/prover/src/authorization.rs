//! Scopes: what a bundle demands of callers, held against what a document says is needed.

use std::collections::BTreeSet;

use document::{NodeId, Value};

use crate::contract::Contract;

/// An alternative of the bundle's that is less than every one of the document's, as text; nothing where there is none.
pub fn undemanded(
    contract: &Contract,
    operation: NodeId,
    reached: &[Vec<String>],
) -> Option<String> {
    let needed = [
        by_schemes(contract, operation),
        besides(contract, operation),
    ];
    // Without alternatives, no scope is asked for.
    let nothing = [Vec::new()];
    let reached = if reached.is_empty() {
        &nothing
    } else {
        reached
    };
    let short = reached.iter().find(|held| {
        let held: BTreeSet<&str> = held.iter().map(String::as_str).collect();
        let is_enough = |all: &BTreeSet<&str>| all.is_subset(&held);
        let satisfies = |alternatives: &Vec<BTreeSet<&str>>| {
            alternatives.is_empty() || alternatives.iter().any(is_enough)
        };
        !needed.iter().all(satisfies)
    })?;
    Some(match short.as_slice() {
        [] => "no scope".to_owned(),
        some => some.join(" "),
    })
}

/// `security` of the operation, of what it refers to, or of the document.
fn by_schemes(contract: &Contract, operation: NodeId) -> Vec<BTreeSet<&str>> {
    let arena = &contract.arena;
    let own = contract
        .chain(operation)
        .find_map(|one| arena.get(one, "security"));
    let Some(stated) = own.or_else(|| arena.get(contract.root, "security")) else {
        return Vec::new();
    };
    let alternatives = arena.items(stated).iter().map(|alternative| {
        let schemes = arena.members(*alternative).iter();
        schemes
            .flat_map(|scheme| names(contract, scheme.value))
            .collect()
    });
    alternatives.collect()
}

/// `x-scopes`: all of a list, or any one of several lists.
fn besides(contract: &Contract, operation: NodeId) -> Vec<BTreeSet<&str>> {
    let arena = &contract.arena;
    let mut each = contract.chain(operation);
    let Some(stated) = each.find_map(|one| arena.get(one, "x-scopes")) else {
        return Vec::new();
    };
    let items = arena.items(stated);
    match items.first().map(|first| arena.value(*first)) {
        Some(Value::Array(_)) => items
            .iter()
            .map(|list| names(contract, *list).collect())
            .collect(),
        _ => vec![names(contract, stated).collect()],
    }
}

fn names(contract: &Contract, list: NodeId) -> impl Iterator<Item = &str> {
    let arena = &contract.arena;
    arena
        .items(list)
        .iter()
        .filter_map(|name| arena.string(*name))
}
