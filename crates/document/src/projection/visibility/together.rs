//! Schemas that are written apart and describe one value all the same: two branches of an `allOf` that both declare
//! a field describe the value of that field together.

use std::collections::{BTreeSet, VecDeque};

use ahash::{HashMap, HashSet};

use crate::contract::Part;
use crate::contract::graph::VertexId;

use super::{Ground, InPlace};

/// Schemas looked at; beyond it, the contract is not projected.
const STEPS: usize = 20_000_000;

/// Groups of schemas that describe one value together although none of them applies another.
#[derive(Default)]
pub struct Together {
    groups: Vec<Vec<VertexId>>,
    of_schema: HashMap<VertexId, Vec<usize>>,
    steps: usize,
}

impl Together {
    pub fn is_complete(&self) -> bool {
        self.steps <= STEPS
    }

    /// All that describe a value together with `schema`; itself among them.
    pub fn with(&self, schema: VertexId) -> impl Iterator<Item = VertexId> {
        let groups = self.of_schema.get(&schema).into_iter().flatten();
        groups.flat_map(|group| self.groups[*group].iter().copied())
    }

    fn add(&mut self, group: Vec<VertexId>) {
        for schema in &group {
            self.of_schema
                .entry(*schema)
                .or_default()
                .push(self.groups.len());
        }
        self.groups.push(group);
    }
}

/// Schemas that apply to one value.
struct Value {
    schemas: BTreeSet<VertexId>,
    /// Those among them whose alternatives are still to be looked at, one by one.
    alternatives_of: BTreeSet<VertexId>,
}

/// Finds all groups of which some schema leads to something marked (`reaching`).
pub fn together(ground: &Ground<'_>, reaching: &[bool]) -> Together {
    let mut finder = Finder {
        ground,
        reaching,
        found: Together::default(),
        seen: HashSet::default(),
        open: VecDeque::new(),
    };
    for schema in ground.schemas() {
        let is_composed = !ground.in_place(schema).is_empty();
        if is_composed && reaching[schema as usize] {
            finder.enter(BTreeSet::from([schema]), BTreeSet::new());
        }
    }
    while let Some(value) = finder.open.pop_front() {
        if !finder.found.is_complete() {
            break;
        }
        finder.visit(&value);
    }
    finder.found
}

struct Finder<'a, 'c> {
    ground: &'a Ground<'c>,
    reaching: &'a [bool],
    found: Together,
    seen: HashSet<(Vec<VertexId>, Vec<VertexId>)>,
    open: VecDeque<Value>,
}

impl Finder<'_, '_> {
    /// A value all of `new` and `known` apply to; `known` has been looked at.
    fn enter(&mut self, new: BTreeSet<VertexId>, known: BTreeSet<VertexId>) {
        let alternatives_of = self.always(new);
        let mut schemas = known;
        schemas.extend(&alternatives_of);
        let is_altered = schemas.iter().any(|schema| self.reaching[*schema as usize]);
        let key = (
            schemas.iter().copied().collect(),
            alternatives_of.iter().copied().collect(),
        );
        if is_altered && self.seen.insert(key) {
            self.open.push_back(Value {
                schemas,
                alternatives_of,
            });
        }
    }

    /// The schemas and all that always apply with them.
    fn always(&mut self, schemas: BTreeSet<VertexId>) -> BTreeSet<VertexId> {
        let mut all = BTreeSet::new();
        let mut open: Vec<VertexId> = schemas.into_iter().collect();
        while let Some(schema) = open.pop() {
            self.found.steps += 1;
            if all.insert(schema) && self.found.is_complete() {
                let in_place = self.ground.in_place(schema).into_iter();
                open.extend(
                    in_place
                        .filter(|(_, how)| *how == InPlace::Always)
                        .map(|(to, _)| to),
                );
            }
        }
        all
    }

    fn visit(&mut self, value: &Value) {
        for described in self.described(&value.schemas) {
            if described.len() > 1 {
                if described
                    .iter()
                    .any(|schema| self.reaching[*schema as usize])
                {
                    self.found.add(described.iter().copied().collect());
                }
                self.enter(described, BTreeSet::new());
            }
        }
        for schema in &value.alternatives_of {
            for (branch, how) in self.ground.in_place(*schema) {
                if how == InPlace::Sometimes {
                    self.enter(BTreeSet::from([branch]), value.schemas.clone());
                }
            }
        }
    }

    /// Per field and for items, the schemas that describe it.
    fn described(&mut self, schemas: &BTreeSet<VertexId>) -> Vec<BTreeSet<VertexId>> {
        let mut by_name: HashMap<(&str, &str), BTreeSet<VertexId>> = HashMap::default();
        for schema in schemas {
            for (member, property) in self.ground.map(*schema, "properties", Part::Schema) {
                let name = ("properties", self.ground.arena.key(member));
                by_name.entry(name).or_default().insert(property);
                self.found.steps += 1;
            }
            for key in ["items", "additionalProperties"] {
                if let Some(one) = self.ground.schema(*schema, key) {
                    by_name.entry((key, "")).or_default().insert(one);
                }
            }
        }
        let mut described: Vec<_> = by_name.into_iter().collect();
        described.sort_unstable_by_key(|(name, _)| *name);
        described.into_iter().map(|(_, schemas)| schemas).collect()
    }
}
