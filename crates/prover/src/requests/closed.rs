//! What a ring is not shown because of what is hidden in it.

use ahash::{HashMap, HashSet};
use std::cell::{OnceCell, RefCell};

use document::{NodeId, Value};

use crate::bodies::{Direction, OPEN, Schemas, kinds, texts};

pub struct Closed<'a, 'c> {
    schemas: &'a Schemas<'c>,
    known: RefCell<HashMap<NodeId, bool>>,
    /// Names of fields that are closed anywhere in the contract.
    names: OnceCell<HashSet<String>>,
}

impl<'a, 'c> Closed<'a, 'c> {
    pub fn new(schemas: &'a Schemas<'c>) -> Closed<'a, 'c> {
        Closed {
            schemas,
            known: RefCell::default(),
            names: OnceCell::new(),
        }
    }

    /// Whether the ring is shown no value of a schema: it is hidden, or what it cannot be without is.
    pub fn is_closed(&self, schema: NodeId) -> bool {
        if schema >= OPEN {
            return false;
        }
        if let Some(known) = self.known.borrow().get(&schema) {
            return *known;
        }
        // One that leads back to itself is not closed by that.
        self.known.borrow_mut().insert(schema, false);
        let found = self.schemas.is_hidden(schema) || self.cannot_be_shown(schema);
        self.known.borrow_mut().insert(schema, found);
        found
    }

    fn cannot_be_shown(&self, schema: NodeId) -> bool {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let list = |key: &str| {
            let list = arena.get(schema, key).map(|list| contract.end(list));
            list.map(|list| arena.items(list)).unwrap_or_default()
        };
        let all = |key: &str| {
            let branches = list(key);
            !branches.is_empty() && branches.iter().all(|one| self.is_closed(*one))
        };
        let one = |key: &str| {
            arena
                .get(schema, key)
                .is_some_and(|one| self.is_closed(one))
        };
        let places = ["prefixItems", "items"].into_iter().flat_map(list);
        let mut places = places.copied();
        contract.target(schema).is_some_and(|to| self.is_closed(to))
            || all("oneOf")
            || all("anyOf")
            || (all("allOf") && !self.says_something(schema))
            || (one("items") && arena.get(schema, "prefixItems").is_none())
            || one("contentSchema")
            || places.any(|place| self.is_closed(place))
            || self.has_no_value_left(schema)
    }

    fn says_something(&self, schema: NodeId) -> bool {
        let keys = [
            "properties",
            "oneOf",
            "anyOf",
            "patternProperties",
            "items",
            "prefixItems",
        ];
        keys.iter()
            .any(|key| self.schemas.get(schema, key).is_some())
    }

    fn has_no_value_left(&self, schema: NodeId) -> bool {
        let hidden = self.schemas.hidden_values(schema);
        let arena = &self.schemas.contract.arena;
        let listed = kinds::listed(arena, schema).unwrap_or_default();
        let is_hidden =
            |value: &NodeId| texts::text(arena, *value).is_some_and(|text| hidden.contains(&text));
        !hidden.is_empty() && !listed.is_empty() && listed.iter().all(is_hidden)
    }

    /// Whether a field of this name is closed anywhere: then no schema that others share may demand it.
    pub fn has_field(&self, name: &str) -> bool {
        self.names.get_or_init(|| self.names()).contains(name)
    }

    fn names(&self) -> HashSet<String> {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let mut names = HashSet::default();
        for object in contract.objects() {
            let map = arena.get(object, "properties").map(|map| contract.end(map));
            let members = map.map(|map| arena.members(map)).unwrap_or_default();
            let members = members
                .iter()
                .filter(|one| matches!(arena.value(one.value), Value::Object(_) | Value::Bool(_)));
            let of_closed = members.clone().next().is_some() && self.is_closed(object);
            let closed = members.filter(|one| of_closed || self.is_closed(one.value));
            names.extend(closed.map(|member| arena.key(member).to_owned()));
            if contract.target(object).is_some() && self.is_closed(object) {
                names.extend(self.held_by(object));
            }
        }
        names
    }

    /// Fields of what a reference leads to that is not for the ring: as a hidden alternative it hides them elsewhere.
    fn held_by(&self, reference: NodeId) -> impl Iterator<Item = String> {
        let nothing = HashSet::default();
        let outline = self
            .schemas
            .outline(reference, &nothing, Direction::Request);
        outline.names.into_iter().map(str::to_owned)
    }
}
