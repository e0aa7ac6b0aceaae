//! Schemas of a contract as one ring may see them: which are hidden, and which describe the same value.

use std::cell::RefCell;
use std::rc::Rc;

use ahash::HashMap;
use document::{NodeId, Value};
use wall::audience::Ring;

use super::described::{Direction, Members};
use super::families::Families;
use super::kinds::{self, ARRAY, Kinds};
use crate::audience::{label, reaches, word};
use crate::contract::Contract;

/// A value of which nothing is said: scalars, lists of them, objects without members.
pub const UNSAID: NodeId = NodeId(u32::MAX);
/// A value of which the contract says that it is open.
pub const OPEN: NodeId = NodeId(u32::MAX - 1);

/// How a schema applies to the value another one applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// To every such value.
    Sure,
    /// To some of them, and nothing says to which.
    Maybe,
    /// It looks at the value and declares nothing (`not`, `if`); what it hides is hidden all the same.
    Judge,
}

/// A schema that describes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Element {
    pub schema: NodeId,
    pub role: Role,
    /// What another schema includes: the value is one of those, so this one's choices are made.
    pub part: bool,
}

/// How schemas apply in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    Reference,
    Part,
    Alternative,
    Sometimes,
    Judges,
}

/// Schemas that apply to the same value, and how.
type InPlace = Rc<[(NodeId, Applies)]>;

const MAPS: [&str; 5] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
];

pub struct Schemas<'c> {
    pub contract: &'c Contract,
    pub ring: Ring,
    families: &'c Families,
    references_stand_alone: bool,
    hidden: RefCell<HashMap<NodeId, bool>>,
    pub(super) kinds: RefCell<HashMap<(NodeId, bool), Option<Kinds>>>,
    members: RefCell<HashMap<NodeId, Rc<Members<'c>>>>,
    in_place: RefCell<HashMap<NodeId, InPlace>>,
}

impl<'c> Schemas<'c> {
    pub fn new(contract: &'c Contract, ring: Ring, families: &'c Families) -> Schemas<'c> {
        let version = contract.arena.get_string(contract.root, "openapi");
        Schemas {
            contract,
            ring,
            families,
            references_stand_alone: version.is_some_and(|version| version.starts_with("3.0")),
            hidden: RefCell::default(),
            kinds: RefCell::default(),
            members: RefCell::default(),
            in_place: RefCell::default(),
        }
    }

    pub fn get(&self, schema: NodeId, key: &str) -> Option<NodeId> {
        let is_said = schema < OPEN && (key.starts_with("x-") || self.speaks(schema));
        is_said
            .then(|| self.contract.arena.get(schema, key))
            .flatten()
    }

    /// OpenAPI 3.0, Reference Object: what stands beside `$ref` is ignored.
    pub(super) fn speaks(&self, schema: NodeId) -> bool {
        let arena = &self.contract.arena;
        !(self.references_stand_alone && arena.get(schema, "$ref").is_some())
    }

    /// What a schema says itself of the members of its values.
    pub fn members(&self, schema: NodeId) -> Rc<Members<'c>> {
        if let Some(known) = self.members.borrow().get(&schema) {
            return known.clone();
        }
        let found = Rc::new(Members::of(self, schema));
        self.members.borrow_mut().insert(schema, found.clone());
        found
    }

    /// The members of a map of schemas, whatever they are.
    pub fn members_under(
        &self,
        schema: NodeId,
        map: &str,
    ) -> impl Iterator<Item = (&'c str, NodeId)> {
        let contract = self.contract;
        let arena = &contract.arena;
        let members = self
            .get(schema, map)
            .map(|map| arena.members(contract.end(map)));
        let members = members.unwrap_or_default().iter();
        members.map(|member| (arena.key(member), member.value))
    }

    /// What a schema says of members that it does not name: `OPEN` where anything may be.
    pub fn additional(&self, schema: NodeId) -> Option<NodeId> {
        if self.is_any(schema) {
            return Some(OPEN);
        }
        let keys = ["additionalProperties", "unevaluatedProperties"];
        let said = keys.iter().find_map(|key| self.get(schema, key))?;
        match self.contract.arena.value(said) {
            Value::Bool(false) => None,
            Value::Bool(true) | Value::Object([]) => Some(OPEN),
            _ => Some(said),
        }
    }

    /// Whether a schema says that any value may be.
    pub fn is_any(&self, schema: NodeId) -> bool {
        let arena = &self.contract.arena;
        schema == OPEN || (schema < OPEN && matches!(arena.value(schema), Value::Bool(true)))
    }

    pub fn is_schema(&self, node: NodeId) -> bool {
        is_schema(self.contract.arena.value(node))
    }

    /// Whether a schema leaves it open that its values are lists, and says nothing of their items.
    pub fn may_be_a_list(&self, schema: NodeId, direction: Direction) -> bool {
        if schema >= OPEN {
            return schema == UNSAID;
        }
        if !self.says_types(schema, direction) {
            let combined = self.in_place(schema);
            return combined.iter().all(|(_, how)| *how == Applies::Judges);
        }
        let arena = &self.contract.arena;
        let is_unsaid = self.get(schema, "items").is_none();
        let spoken_of = kinds::spoken_of(arena, schema, direction);
        is_unsaid && spoken_of.is_some_and(|kinds| kinds & ARRAY != 0)
    }

    /// Whether a schema says itself of which types its values are.
    pub fn says_types(&self, schema: NodeId, direction: Direction) -> bool {
        let arena = &self.contract.arena;
        let says = || kinds::spoken_of(arena, schema, direction).is_some();
        schema >= OPEN || (self.speaks(schema) && says())
    }

    /// Whether the ring may not see the schema, or what it refers to.
    pub fn is_hidden(&self, schema: NodeId) -> bool {
        if schema >= OPEN {
            return false;
        }
        if let Some(known) = self.hidden.borrow().get(&schema) {
            return *known;
        }
        let found = self.contract.chain(schema).any(|one| self.is_marked(one));
        self.hidden.borrow_mut().insert(schema, found);
        found
    }

    fn is_marked(&self, schema: NodeId) -> bool {
        let arena = &self.contract.arena;
        let is_narrow =
            |audience: Option<Ring>| audience.is_some_and(|one| !reaches(one, self.ring));
        // A label among the members of a map is the map's owner's.
        let of_map = |key: &str| {
            let said = arena
                .get(schema, key)
                .and_then(|map| arena.get(map, "x-audience"))?;
            arena.string(said).map(|_| word(arena, said))
        };
        is_narrow(label(arena, schema))
            || MAPS.iter().any(|key| is_narrow(of_map(key)))
            // What they mean is decided by who refers to them.
            || ["$dynamicRef", "$recursiveRef"].iter().any(|key| arena.get(schema, key).is_some())
            || self.marks_a_value_it_has_not(schema)
    }

    /// Whatever was meant, it was meant to be narrower.
    fn marks_a_value_it_has_not(&self, schema: NodeId) -> bool {
        let known = || self.texts(schema).unwrap_or_default();
        let hidden = self.hidden_values(schema);
        hidden.into_iter().any(|value| !known().contains(&value))
            && self.in_place(schema).is_empty()
    }

    /// Values `x-enum-audience` keeps from the ring, as it names them.
    pub fn hidden_values(&self, schema: NodeId) -> Vec<String> {
        let arena = &self.contract.arena;
        let Some(labels) = self.get(schema, "x-enum-audience") else {
            return Vec::new();
        };
        let entries = arena.members(labels).iter();
        let narrow = entries.filter(|entry| !reaches(word(arena, entry.value), self.ring));
        narrow.map(|entry| arena.key(entry).to_owned()).collect()
    }

    /// Texts of the values a schema lists.
    pub fn texts(&self, schema: NodeId) -> Option<Vec<String>> {
        let arena = &self.contract.arena;
        let values = (schema < OPEN && self.speaks(schema))
            .then(|| kinds::listed(arena, schema))
            .flatten()?;
        let text = |value: &NodeId| super::texts::text(arena, *value);
        Some(values.iter().filter_map(text).collect())
    }

    /// Schemas that apply to the value this one applies to.
    pub fn in_place(&self, schema: NodeId) -> InPlace {
        if let Some(known) = self.in_place.borrow().get(&schema) {
            return known.clone();
        }
        let found: InPlace = self.applied_in_place(schema).into();
        self.in_place.borrow_mut().insert(schema, found.clone());
        found
    }

    fn applied_in_place(&self, schema: NodeId) -> Vec<(NodeId, Applies)> {
        if schema >= OPEN {
            return Vec::new();
        }
        let arena = &self.contract.arena;
        let mut found: Vec<_> = self
            .contract
            .target(schema)
            .map(|to| (to, Applies::Reference))
            .into_iter()
            .collect();
        if !self.speaks(schema) {
            return found;
        }
        for member in arena.members(schema) {
            let list = || arena.items(self.contract.end(member.value)).iter().copied();
            match arena.key(member) {
                "allOf" => found.extend(list().map(|one| (one, Applies::Part))),
                "oneOf" | "anyOf" => found.extend(list().map(|one| (one, Applies::Alternative))),
                "then" | "else" => found.push((member.value, Applies::Sometimes)),
                "not" | "if" => found.push((member.value, Applies::Judges)),
                "dependentSchemas" | "dependencies" => {
                    let dependents = arena.members(self.contract.end(member.value)).iter();
                    let schemas = dependents.filter(|one| is_schema(arena.value(one.value)));
                    found.extend(schemas.map(|one| (one.value, Applies::Sometimes)));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether the choices of what `schema` includes by `allOf` are made.
    pub fn has_chosen(&self, schema: NodeId, is_part: bool, included: NodeId) -> bool {
        let base = self.contract.target(included);
        base.is_none_or(|base| self.families.is_one_of(schema, is_part, base))
    }

    pub fn has_discriminator(&self, schema: NodeId) -> bool {
        self.get(schema, "discriminator").is_some()
    }

    /// All that may stand for a schema because a discriminator tells them apart.
    pub fn heirs(&self, schema: NodeId) -> &[NodeId] {
        self.families.heirs(schema)
    }
}

fn is_schema(value: Value<'_>) -> bool {
    matches!(value, Value::Object(_) | Value::Bool(_))
}
