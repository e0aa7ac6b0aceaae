//! What a hidden schema could hold: nothing says that a value is not of it.

use std::collections::BTreeSet;

use ahash::HashSet;

use document::{NodeId, Value};

use super::described::Direction;
use super::kinds::{ALL, Kinds, spoken_of};
use super::schemas::{OPEN, Schemas};

#[derive(Clone, Default)]
pub struct Outline<'c> {
    pub names: BTreeSet<&'c str>,
    /// It may hold other names too.
    pub is_open: bool,
    pub kinds: Kinds,
}

impl Outline<'_> {
    fn of_anything() -> Self {
        Outline {
            names: BTreeSet::new(),
            is_open: true,
            kinds: ALL,
        }
    }
}

impl<'c> Schemas<'c> {
    /// `besides`: schemas that describe the value in any case, and say for themselves what they show.
    pub fn outline(
        &self,
        schema: NodeId,
        besides: &HashSet<NodeId>,
        direction: Direction,
    ) -> Outline<'c> {
        if schema >= OPEN {
            return Outline::of_anything();
        }
        let contract = self.contract;
        let arena = &contract.arena;
        let mut outline = Outline::default();
        let mut says_any = false;
        let (mut seen, mut open) = (HashSet::default(), vec![schema]);
        while let Some(schema) = open.pop() {
            if besides.contains(&schema) || !seen.insert(schema) {
                continue;
            }
            if let Some(kinds) = spoken_of(arena, schema, direction) {
                (says_any, outline.kinds) = (true, outline.kinds | kinds);
            }
            let properties = arena
                .get(schema, "properties")
                .map(|map| self.contract.end(map));
            let named = properties.map(|map| arena.members(map)).unwrap_or_default();
            outline
                .names
                .extend(named.iter().map(|member| arena.key(member)));
            let extra = [
                "additionalProperties",
                "unevaluatedProperties",
                "patternProperties",
            ];
            let extra = extra.iter().filter_map(|key| arena.get(schema, key));
            outline.is_open |= extra
                .map(|said| arena.value(said))
                .any(|said| !matches!(said, Value::Bool(false)));
            open.extend(self.in_place(schema).iter().map(|(to, _)| *to));
        }
        if !says_any {
            outline.kinds = ALL;
        }
        outline
    }
}
