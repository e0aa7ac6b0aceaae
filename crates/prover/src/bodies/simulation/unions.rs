//! Which object it is, where a member says so.

use document::NodeId;
use document::pointer::unescaped;
use wall::bundle::UnionRule;

use super::Simulation;
use crate::bodies::described::{Described, Subject};
use crate::bodies::schemas::{Element, Role};

impl Simulation<'_, '_> {
    /// Which object it is, a member says: then it is described by that one's schema, and by what always applies.
    pub(super) fn union(
        &mut self,
        pair: usize,
        rule: &UnionRule,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let bases = described.discriminated_by(&rule.property);
        if bases.is_empty() || described.hides(&rule.property) {
            let message = format!(
                "objects are told apart by {}, and no schema says so",
                rule.property
            );
            return self.say(
                pair,
                "union-undeclared",
                message,
                "/union/property",
                subject.place(),
            );
        }
        for (index, (value, node)) in rule.mapping.iter().enumerate() {
            if self.is_closed(*node) {
                continue;
            }
            let pointer = format!("/union/mapping/{index}");
            match self.chosen(&bases, value) {
                Some(chosen) if self.schemas.is_hidden(chosen.schema) => {
                    let message =
                        format!("objects of the kind {value} pass, and the ring may not see them");
                    self.say(
                        pair,
                        "alternative-exposed",
                        message,
                        &pointer,
                        Some(chosen.schema),
                    );
                }
                Some(chosen) => {
                    let mut decided = bases.clone();
                    if chosen.part {
                        decided.push(chosen.schema);
                        decided.extend(described.told_apart_by(&bases));
                    }
                    self.decided(pair, *node, subject.decided(chosen, &decided));
                }
                None => self.decided(pair, *node, subject.clone()),
            }
        }
        if let Some(node) = rule.otherwise {
            self.decided(pair, node, subject.clone());
        }
    }

    /// The schema a value of a discriminator names: by its mapping, or by name.
    fn chosen(&self, bases: &[NodeId], value: &str) -> Option<Element> {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let found = bases.iter().find_map(|base| {
            let discriminator = self.schemas.get(*base, "discriminator")?;
            let mapping = arena.get(discriminator, "mapping");
            let mapped = mapping.and_then(|mapping| arena.get(mapping, value));
            let by_name = || {
                let lists = ["oneOf", "anyOf"]
                    .iter()
                    .filter_map(|key| arena.get(*base, key));
                let mut branches = lists.flat_map(|list| arena.items(contract.end(list)));
                branches.find_map(|branch| {
                    let name = arena.get_string(*branch, "$ref")?.rsplit('/').next()?;
                    (unescaped(name) == value)
                        .then(|| contract.target(*branch))
                        .flatten()
                })
            };
            let target = mapped
                .and_then(|value| contract.resolve_mapped(value))
                .or_else(by_name);
            target.or_else(|| contract.component(*base, value))
        });
        let schema = found?;
        let schema = self.hidden_branch(bases, schema).unwrap_or(schema);
        let stands = |base: &NodeId| schema == *base || self.schemas.heirs(*base).contains(&schema);
        let part = bases.iter().any(stands);
        Some(Element {
            schema,
            role: Role::Sure,
            part,
        })
    }

    /// The branch by which a schema is an alternative, if the ring may not see any such branch.
    fn hidden_branch(&self, bases: &[NodeId], schema: NodeId) -> Option<NodeId> {
        let contract = self.schemas.contract;
        let lists = bases.iter().flat_map(|base| {
            let keys = ["oneOf", "anyOf"].into_iter();
            keys.filter_map(|key| contract.arena.get(*base, key))
        });
        let branches = lists.flat_map(|list| contract.arena.items(contract.end(list)));
        let mut leading = branches.filter(|branch| contract.target(**branch) == Some(schema));
        let first = leading.clone().next()?;
        leading
            .all(|branch| self.schemas.is_hidden(*branch))
            .then_some(*first)
    }
}
