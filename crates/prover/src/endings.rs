//! When operations and parameters end, as their document says.

use std::collections::BTreeSet;

use document::moment::moment;
use document::{NodeId, Value};
use wall::bundle::{EndingParameter, Lifecycle, ParameterPlace};

use crate::contract::Contract;

/// Nothing of what is not deprecated, or has no date that can be read.
pub fn ending(contract: &Contract, holder: NodeId) -> Option<Lifecycle> {
    let arena = &contract.arena;
    let deprecated = arena
        .get(holder, "deprecated")
        .map(|said| arena.value(said));
    let day = |key| arena.get_string(holder, key).and_then(moment);
    let (deprecated_at, sunset_at) = (day("x-deprecated-at"), day("x-sunset"));
    let is_dated = deprecated_at.is_some() || sunset_at.is_some();
    (matches!(deprecated, Some(Value::Bool(true))) && is_dated).then(|| Lifecycle {
        deprecated_at,
        sunset_at,
        guide: arena
            .get_string(holder, "x-migration-guide")
            .filter(|url| is_address(url))
            .map(str::to_owned),
        successor: arena
            .get_string(holder, "x-successor")
            .filter(|path| is_path(path))
            .map(str::to_owned),
        ..Lifecycle::default()
    })
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.len() <= 4096 && !path.chars().any(char::is_control)
}

fn is_address(url: &str) -> bool {
    let forbidden = ['<', '>', '"', '\\'];
    url.starts_with("https://")
        && url.len() <= 2000
        && url
            .chars()
            .all(|c| c.is_ascii_graphic() && !forbidden.contains(&c))
}

/// Of the operation, and of its path item where the operation has none of that name.
pub fn ending_parameters(
    contract: &Contract,
    operation: NodeId,
    items: &[NodeId],
) -> Vec<EndingParameter> {
    let arena = &contract.arena;
    let holders = contract.chain(operation).chain(items.iter().copied());
    let lists = holders.filter_map(|holder| arena.get(holder, "parameters"));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for parameter in lists.flat_map(|list| arena.items(list)) {
        let node = contract.end(*parameter);
        let place = match arena.get_string(node, "in") {
            Some("query") => ParameterPlace::Query,
            Some("header") => ParameterPlace::Header,
            Some("cookie") => ParameterPlace::Cookie,
            _ => continue,
        };
        let Some(name) = arena.get_string(node, "name") else {
            continue;
        };
        let name = spelt(place, name);
        if seen.insert((place, name.clone()))
            && let Some(lifecycle) = ending(contract, node)
        {
            let successor = None; // said of operations alone
            let lifecycle = Lifecycle {
                successor,
                ..lifecycle
            };
            found.push(EndingParameter {
                place,
                name,
                lifecycle,
            });
        }
    }
    found
}

/// Names of header fields are the same in any letters.
pub fn spelt(place: ParameterPlace, name: &str) -> String {
    match place {
        ParameterPlace::Header => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}
