//! Who may stand for whom: schemas that include one with a discriminator, and its alternatives.

use ahash::{HashMap, HashSet};

use document::NodeId;

use crate::contract::Contract;

pub struct Families {
    /// What has a name. A schema without one is no kind of what it includes: it only says more of it.
    named: HashSet<NodeId>,
    /// Schema with a discriminator, its own or inherited → all that include it by `allOf`, at any distance.
    heirs: HashMap<NodeId, Vec<NodeId>>,
    /// Schema with a discriminator and alternatives → those, and what they include.
    alternatives: HashMap<NodeId, HashSet<NodeId>>,
}

impl Families {
    pub fn new(contract: &Contract) -> Families {
        let named = contract.named();
        let heirs = heirs(contract, &named);
        let bases = contract.inclusions().map(|(base, _)| base);
        let bases: HashSet<NodeId> = bases.collect();
        let of = |base: NodeId| Some((base, alternatives(contract, base)?));
        let alternatives = bases.into_iter().filter_map(of).collect();
        Families {
            named,
            heirs,
            alternatives,
        }
    }

    /// All that may stand for a schema because a discriminator tells them apart.
    pub fn heirs(&self, schema: NodeId) -> &[NodeId] {
        self.heirs
            .get(&schema)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether what includes `base` is one of those it stands for, so that the choice is made. `is_part`: itself it is
    /// looked at as what another one includes.
    pub fn is_one_of(&self, schema: NodeId, is_part: bool, base: NodeId) -> bool {
        match self.alternatives.get(&base) {
            Some(alternatives) => alternatives.contains(&schema),
            None => is_part || self.named.contains(&schema),
        }
    }
}

/// Nothing: it has no discriminator, or nothing to tell apart.
fn alternatives(contract: &Contract, base: NodeId) -> Option<HashSet<NodeId>> {
    let arena = &contract.arena;
    let discriminator = arena.get(base, "discriminator")?;
    let lists = ["oneOf", "anyOf"].map(|key| arena.get(base, key));
    let listed = lists
        .into_iter()
        .flatten()
        .flat_map(|list| arena.items(contract.end(list)));
    let mut open: Vec<NodeId> = listed.copied().collect();
    if open.is_empty() {
        return None;
    }
    let mapping = arena
        .get(discriminator, "mapping")
        .map(|mapping| arena.members(mapping));
    let mapped = mapping.unwrap_or_default().iter();
    open.extend(mapped.filter_map(|member| contract.resolve_mapped(member.value)));
    let mut found = HashSet::from_iter([base]);
    while let Some(schema) = open.pop() {
        if found.insert(schema) {
            open.extend(contract.target(schema));
            let included = arena.get(schema, "allOf");
            open.extend(
                included
                    .map(|all| arena.items(contract.end(all)))
                    .unwrap_or_default(),
            );
        }
    }
    found.remove(&base);
    Some(found)
}

fn heirs(contract: &Contract, named: &HashSet<NodeId>) -> HashMap<NodeId, Vec<NodeId>> {
    let mut direct: HashMap<NodeId, Vec<NodeId>> = HashMap::default();
    for (base, heir) in contract
        .inclusions()
        .filter(|(_, heir)| named.contains(heir))
    {
        direct.entry(base).or_default().push(heir);
    }
    let mut all: HashMap<NodeId, Vec<NodeId>> = HashMap::default();
    let mut open: Vec<NodeId> = direct
        .keys()
        .copied()
        .filter(|base| contract.arena.get(*base, "discriminator").is_some())
        .collect();
    while let Some(base) = open.pop() {
        if all.contains_key(&base) {
            continue;
        }
        let mut found: Vec<NodeId> = Vec::new();
        let mut next = direct.get(&base).cloned().unwrap_or_default();
        while let Some(heir) = next.pop() {
            if !found.contains(&heir) && heir != base {
                found.push(heir);
                next.extend(direct.get(&heir).into_iter().flatten());
            }
        }
        open.extend(&found);
        all.insert(base, found);
    }
    all
}
