//! Scopes and bindings: what a bundle demands of callers, held against what a document says is needed.

use std::collections::BTreeSet;

use document::{NodeId, Value};
use wall::bundle::{Binding, BoundPlace, Own};

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

/// What a bundle binds, and the template whose names it does so by.
pub struct Reach<'r> {
    pub template: &'r str,
    pub bindings: &'r [Binding],
}

/// A value the document binds and the bundle does not, or not as tightly; nothing where there is none.
pub fn unbound(
    contract: &Contract,
    operation: NodeId,
    items: &[NodeId],
    template: &str,
    reached: &Reach<'_>,
) -> Option<String> {
    let arena = &contract.arena;
    let holders = contract.chain(operation).chain(items.iter().copied());
    let said = holders.filter_map(|holder| arena.get(holder, "x-authorize"));
    let mut each = said.flat_map(|said| arena.members(said));
    let free = each.find(|member| {
        let allowed = owners(contract, member.value);
        !reached.bindings.iter().any(|binding| {
            is_of(binding, arena.key(member), template, reached.template)
                && binding
                    .any
                    .iter()
                    .all(|own| allowed.contains(&said_of(own)))
        })
    });
    free.map(|member| arena.key(member).to_owned())
}

/// Whether a binding is of the value a document names.
fn is_of(binding: &Binding, named: &str, template: &str, reached: &str) -> bool {
    let name = binding.name.as_str();
    match binding.place {
        // Paths of one shape are one, by the names of one of them.
        BoundPlace::Path => named
            .strip_prefix("path.")
            .and_then(|named| place_of(template, named))
            .is_some_and(|place| place_of(reached, name) == Some(place)),
        BoundPlace::Query => named.strip_prefix("query.") == Some(name),
        BoundPlace::Body => named.strip_prefix("body#") == Some(name),
        BoundPlace::Header => named
            .strip_prefix("header.")
            .is_some_and(|named| named.eq_ignore_ascii_case(name)),
    }
}

/// Which of a template's parameters one is.
pub fn place_of(template: &str, name: &str) -> Option<usize> {
    let names = template.split('{').skip(1);
    let mut names = names.map(|part| part.split('}').next().unwrap_or_default());
    names.position(|known| known == name)
}

/// Pointers into claims, and the words for the caller.
fn owners(contract: &Contract, value: NodeId) -> BTreeSet<String> {
    let arena = &contract.arena;
    let several = match arena.value(value) {
        Value::Array(items) => items,
        _ => std::slice::from_ref(&value),
    };
    let texts = several.iter().filter_map(|item| arena.string(*item));
    let pointers = texts.map(|text| {
        let top = text.strip_prefix("claim.");
        let top = top.map(|name| document::pointer::join("", name));
        let pointed = || text.strip_prefix("claim#").map(str::to_owned);
        top.or_else(pointed).unwrap_or_else(|| text.to_owned())
    });
    pointers.collect()
}

fn said_of(own: &Own) -> String {
    match own {
        Own::Claim(pointer) => pointer.clone(),
        Own::Consumer => "caller.consumer".to_owned(),
        Own::Application => "caller.application".to_owned(),
    }
}
