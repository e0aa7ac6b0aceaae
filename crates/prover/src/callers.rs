//! Services and people a bundle of the internal ring lets call, held against what a document says.

use std::collections::BTreeSet;

use document::NodeId;
use wall::bundle::{Callers, Operation as Reached};

use crate::contract::Contract;

type Names<'n> = BTreeSet<&'n str>;

/// Why more may call than the document says; nothing where it is not so.
pub fn uncalled(
    contract: &Contract,
    operation: NodeId,
    items: &[NodeId],
    reached: &Reached,
) -> Option<(&'static str, &'static str)> {
    let holders = || contract.chain(operation).chain(items.iter().copied());
    let said = |key: &'static str| holders().filter_map(move |one| contract.arena.get(one, key));
    let is_kept = |said: NodeId| {
        let (services, groups) = (
            names(contract, contract.arena.get(said, "services")),
            names(contract, contract.arena.get(said, "groups")),
        );
        let services: Names<'_> = services.iter().map(|name| last_step(name)).collect();
        let is_narrower =
            |one: &Callers| is_within(&one.services, &services) && is_within(&one.groups, &groups);
        reached.callers.iter().any(is_narrower)
    };
    if !said("x-callers").all(is_kept) {
        return Some(("callers-dropped", "/callers"));
    }
    let people: Vec<Names<'_>> = said("x-groups")
        .map(|list| names(contract, Some(list)))
        .collect();
    let is_held = |all: &Names<'_>| reached.groups.iter().any(|held| is_within(held, all));
    let lets_in = !reached.groups.is_empty();
    let is_more = lets_in && (people.is_empty() || !people.iter().all(is_held));
    is_more.then_some(("groups-added", "/groups"))
}

fn names(contract: &Contract, list: Option<NodeId>) -> Names<'_> {
    let arena = &contract.arena;
    let items = list.map(|list| arena.items(list)).unwrap_or_default();
    items
        .iter()
        .filter_map(|name| arena.string(*name))
        .collect()
}

fn is_within(held: &[String], all: &Names<'_>) -> bool {
    held.iter().all(|name| all.contains(name.as_str()))
}

/// Of a SPIFFE id; a name is one step.
fn last_step(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
