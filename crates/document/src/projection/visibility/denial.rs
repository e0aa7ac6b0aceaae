//! What is taken from a value by one schema is taken from it wherever else that value is described.
//!
//! A field that one branch of an `allOf` hides must not be shown by another branch, nor demanded by the `required`
//! of a third. So names travel: from a schema up to those that apply it always (it is *denied* there too) or
//! sometimes (it may be *lost* there), and from there down to everything that applies to the same value. What
//! travelled down does not go up again: another place a shared schema is used at keeps its field.

use ahash::{HashMap, HashSet};

use crate::contract::Part;
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::problem::{Problem, shown};

use super::super::names::{Name, NameId, Names};
use super::marked::Marked;
use super::together::{Together, together};
use super::{Ground, InPlace};

/// Pairs of a schema and a name, and steps from one to the next; beyond them, the contract is not projected.
const FACTS: usize = 4_000_000;
const STEPS: usize = 100_000_000;

type Flags = u8;
/// Every value loses it.
const DENIED: Flags = 1;
/// Some values lose it.
const LOST: Flags = 2;
/// As above, said by a schema higher up.
const DENIED_ABOVE: Flags = 4;
const LOST_ABOVE: Flags = 8;

/// What is taken from the values each schema applies to.
#[derive(Default)]
pub struct Denials {
    flags: HashMap<(VertexId, NameId), Flags>,
    of_schema: HashMap<VertexId, Vec<NameId>>,
    where_declared: HashSet<VertexId>,
    steps: usize,
    is_cut_short: bool,
}

impl Denials {
    /// Whether all was accounted for. Where not, nothing may be shown.
    pub fn is_complete(&self) -> bool {
        self.flags.len() <= FACTS && self.steps <= STEPS && !self.is_cut_short
    }

    pub fn is_denied(&self, schema: VertexId, name: NameId) -> bool {
        self.flags_of(schema, name) & (DENIED | DENIED_ABOVE) != 0
    }

    pub fn is_lost(&self, schema: VertexId, name: NameId) -> bool {
        self.flags_of(schema, name) != 0
    }

    pub fn lost_of(&self, schema: VertexId) -> impl Iterator<Item = NameId> {
        self.of_schema.get(&schema).into_iter().flatten().copied()
    }

    /// Schemas that lose something they declare without a label of their own.
    pub fn where_declared(&self) -> impl Iterator<Item = VertexId> {
        self.where_declared.iter().copied()
    }

    fn flags_of(&self, schema: VertexId, name: NameId) -> Flags {
        self.flags.get(&(schema, name)).copied().unwrap_or(0)
    }
}

/// Works out all denials. `reaching`: the vertices that lead to something marked.
pub fn denials(
    ground: &Ground<'_>,
    marked: &Marked,
    hidden: &[bool],
    reaching: &[bool],
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> Denials {
    let mut spreading = Spreading {
        ground,
        marked,
        hidden,
        names,
        problems,
        neighbours: Neighbours::default(),
        together: Together::default(),
        denials: Denials::default(),
        open: Vec::new(),
        taken: HashSet::default(),
    };
    for part in &marked.parts {
        spreading.name_part(*part);
    }
    let schemas: Vec<VertexId> = ground
        .schemas()
        .filter(|schema| reaching[*schema as usize])
        .collect();
    if schemas.is_empty() {
        return spreading.denials;
    }
    spreading.neighbours = Neighbours::new(ground);
    spreading.together = together(ground, reaching);
    spreading.denials.is_cut_short = !spreading.together.is_complete();
    for schema in schemas {
        spreading.begin(schema, reaching);
    }
    spreading.spread();
    spreading.denials
}

/// Schemas that apply to one value.
#[derive(Default)]
struct Neighbours {
    /// Those that apply a schema to their own value.
    above: HashMap<VertexId, Vec<(VertexId, InPlace)>>,
    /// Those a schema applies to its own value.
    below: HashMap<VertexId, Vec<VertexId>>,
}

impl Neighbours {
    fn new(ground: &Ground<'_>) -> Neighbours {
        let mut neighbours = Neighbours::default();
        for schema in ground.schemas() {
            for (below, how) in ground.in_place(schema) {
                let above = neighbours.above.entry(below).or_default();
                above.push((schema, how));
                let of_schema = neighbours.below.entry(schema).or_default();
                of_schema.push(below);
            }
        }
        neighbours
    }
}

struct Spreading<'a, 'c> {
    ground: &'a Ground<'c>,
    marked: &'a Marked,
    hidden: &'a [bool],
    names: &'a mut Names,
    problems: &'a mut Vec<Problem>,
    neighbours: Neighbours,
    together: Together,
    denials: Denials,
    open: Vec<(VertexId, NameId, Flags)>,
    /// What schemas declare without a label and lose all the same.
    taken: HashSet<(VertexId, NameId)>,
}

impl Spreading<'_, '_> {
    /// A parameter's name may stand in the expressions of links and callbacks.
    fn name_part(&mut self, part: VertexId) {
        if self.ground.part(part) == Part::Parameter
            && let Some(name) = self.ground.get(part, "name")
            && let Some(name) = self.ground.arena.string(name)
        {
            self.names.intern(Name::Field(name.to_owned()));
        }
    }

    fn is_hidden(&self, vertex: VertexId) -> bool {
        self.hidden[vertex as usize]
    }

    /// What one schema takes by itself.
    fn begin(&mut self, schema: VertexId, reaching: &[bool]) {
        let marked = self.marked;
        for (member, property) in self.ground.map(schema, "properties", Part::Schema) {
            if self.is_hidden(property) {
                let name = Name::Field(self.ground.arena.key(member).to_owned());
                self.add_name(schema, name, DENIED);
            }
        }
        for value in marked.values.get(&schema).into_iter().flatten() {
            self.add_name(schema, Name::Value(value.clone()), DENIED);
        }
        if self.hides_unnamed_fields(schema) {
            self.add_name(schema, Name::Fields, DENIED);
        }
        if self.alters_items(schema, reaching) {
            self.add_name(schema, Name::Items, DENIED);
        }
        for (branch, how) in self.ground.in_place(schema) {
            if self.is_hidden(branch) {
                self.take_branch(schema, branch, how);
            }
        }
    }

    fn hides_unnamed_fields(&self, schema: VertexId) -> bool {
        let patterns = self.ground.map(schema, "patternProperties", Part::Schema);
        let others = ["additionalProperties", "unevaluatedProperties"]
            .into_iter()
            .filter_map(|key| self.ground.schema(schema, key));
        patterns
            .into_iter()
            .map(|(_, pattern)| pattern)
            .chain(others)
            .any(|one| self.is_hidden(one))
    }

    fn alters_items(&self, schema: VertexId, reaching: &[bool]) -> bool {
        let items = ["items", "additionalItems", "unevaluatedItems", "contains"]
            .into_iter()
            .filter_map(|key| self.ground.schema(schema, key));
        items
            .chain(self.ground.positions(schema))
            .any(|one| reaching[one as usize] || self.is_hidden(one))
    }

    /// With a branch go the fields it declares.
    fn take_branch(&mut self, schema: VertexId, branch: VertexId, how: InPlace) {
        let flag = match how {
            InPlace::Always => DENIED,
            InPlace::Sometimes => LOST,
        };
        self.add_name(schema, Name::Fields, flag);
        for name in self.declared(branch) {
            self.add_name(schema, Name::Field(name), flag);
        }
    }

    /// Names of the fields a schema declares for its own value.
    fn declared(&mut self, schema: VertexId) -> Vec<String> {
        let mut seen = HashSet::default();
        let mut open = vec![schema];
        let mut declared = Vec::new();
        while let Some(schema) = open.pop() {
            if seen.insert(schema) && self.denials.is_complete() {
                let properties = self.ground.map(schema, "properties", Part::Schema);
                let keys = properties
                    .iter()
                    .map(|(member, _)| self.ground.arena.key(member).to_owned());
                declared.extend(keys);
                self.denials.steps += 1 + properties.len();
                open.extend(self.ground.in_place(schema).into_iter().map(|(to, _)| to));
            }
        }
        declared
    }

    fn add_name(&mut self, schema: VertexId, name: Name, flag: Flags) {
        let name = self.names.intern(name);
        self.add(schema, name, flag);
    }

    fn add(&mut self, schema: VertexId, name: NameId, flag: Flags) {
        self.denials.steps += 1;
        let flags = self.denials.flags.entry((schema, name)).or_insert(0);
        if *flags == 0 {
            self.denials.of_schema.entry(schema).or_default().push(name);
        }
        if *flags & flag == 0 {
            *flags |= flag;
            self.open.push((schema, name, flag));
        }
    }

    fn spread(&mut self) {
        let neighbours = std::mem::take(&mut self.neighbours);
        let together = std::mem::take(&mut self.together);
        while let Some((schema, name, flag)) = self.open.pop() {
            if !self.denials.is_complete() {
                return;
            }
            if flag & (DENIED | DENIED_ABOVE) != 0 {
                self.take_declared(schema, name);
            }
            if flag & (DENIED | LOST) != 0 {
                for (above, how) in neighbours.above.get(&schema).into_iter().flatten() {
                    let always = *how == InPlace::Always && flag == DENIED;
                    self.add(*above, name, if always { DENIED } else { LOST });
                }
            }
            let from_above = match flag {
                DENIED | DENIED_ABOVE => DENIED_ABOVE,
                _ => LOST_ABOVE,
            };
            if flag & (DENIED | LOST) != 0 {
                for beside in together.with(schema).filter(|beside| *beside != schema) {
                    if !self.is_hidden(beside) {
                        self.add(beside, name, from_above);
                    }
                }
            }
            for below in neighbours.below.get(&schema).into_iter().flatten() {
                // A hidden branch is not shown here; what it refers to may be shown elsewhere.
                if !self.is_hidden(*below) {
                    self.add(*below, name, from_above);
                }
            }
        }
    }

    /// A declaration without a label, beside one with it: the narrower counts, everywhere the schema is used.
    fn take_declared(&mut self, schema: VertexId, name: NameId) {
        let Some((what, at)) = self.declaration(schema, name) else {
            return;
        };
        if !self.taken.insert((schema, name)) {
            return;
        }
        self.denials.where_declared.insert(schema);
        self.add(schema, name, DENIED);
        let message = format!(
            "{what} is narrower where another schema describes the same value, so it is not shown here either"
        );
        self.problems.push(Problem::warning(
            "projection-narrowed-elsewhere",
            at,
            message,
            "Label it here too, or take the label there away.",
        ));
    }

    fn declaration(&self, schema: VertexId, name: NameId) -> Option<(String, u32)> {
        let arena = self.ground.arena;
        match self.names.get(name) {
            Name::Field(field) => {
                let properties = self.ground.get(schema, "properties")?;
                let member = arena.member(self.ground.holder(properties), field)?;
                let property = self.ground.graph.find(member.value, Part::Schema)?;
                let is_labelled = self.is_hidden(property);
                (!is_labelled).then(|| (format!("the property {}", shown(field)), member.key_at))
            }
            Name::Value(text) => {
                let labelled = self.marked.values.get(&schema);
                if labelled.is_some_and(|values| values.contains(text)) {
                    return None;
                }
                let values = arena.items(self.ground.get(schema, "enum")?);
                let value = values
                    .iter()
                    .find(|value| written(arena, **value).as_ref() == Some(text))?;
                let at = arena.node(*value).at;
                Some((format!("the enum value {}", shown(text)), at))
            }
            Name::Fields | Name::Items => None,
        }
    }
}
