//! Types of JSON values, as bits.

use document::{Arena, NodeId, Value};

use super::described::Direction;
use super::schemas::{Applies, OPEN, Schemas};

pub type Kinds = u8;

pub const NULL: Kinds = 1;
pub const BOOLEAN: Kinds = 2;
pub const NUMBER: Kinds = 4;
pub const STRING: Kinds = 8;
pub const OBJECT: Kinds = 16;
pub const ARRAY: Kinds = 32;
pub const ALL: Kinds = 63;

/// What `type` names, or the values an `enum` or `const` lists are of; nothing: anything.
pub fn stated(arena: &Arena, schema: NodeId) -> Option<Kinds> {
    named(arena, schema).or_else(|| {
        let values = listed(arena, schema)?;
        Some(
            values
                .into_iter()
                .fold(0, |kinds, value| kinds | of_value(arena, value)),
        )
    })
}

/// Values of an `enum`, or the `const`.
pub fn listed(arena: &Arena, schema: NodeId) -> Option<Vec<NodeId>> {
    if let Some(constant) = arena.get(schema, "const") {
        return Some(vec![constant]);
    }
    let list = arena.get(schema, "enum")?;
    matches!(arena.value(list), Value::Array(_)).then(|| arena.items(list).to_vec())
}

pub fn is_true(arena: &Arena, schema: NodeId, key: &str) -> bool {
    let said = arena.get(schema, key);
    said.is_some_and(|value| matches!(arena.value(value), Value::Bool(true)))
}

fn named(arena: &Arena, schema: NodeId) -> Option<Kinds> {
    let said = arena.get(schema, "type")?;
    match arena.value(said) {
        Value::Array(names) => Some(
            names
                .iter()
                .fold(0, |kinds, name| kinds | of_name(arena, *name)),
        ),
        _ => Some(of_name(arena, said)),
    }
}

fn of_name(arena: &Arena, name: NodeId) -> Kinds {
    match arena.value(name) {
        // YAML writes it without quotes.
        Value::Null | Value::String("null") => NULL,
        Value::String("boolean") => BOOLEAN,
        Value::String("number" | "integer") => NUMBER,
        Value::String("string") => STRING,
        Value::String("object") => OBJECT,
        Value::String("array") => ARRAY,
        _ => 0,
    }
}

fn of_value(arena: &Arena, value: NodeId) -> Kinds {
    match arena.value(value) {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Int(_) | Value::Long(_) | Value::Float(_) => NUMBER,
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}

const OF_OBJECTS: [&str; 9] = [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
];
const OF_ARRAYS: [&str; 7] = [
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "minItems",
    "maxItems",
    "uniqueItems",
];
const OF_SCALARS: [&str; 10] = [
    "pattern",
    "minLength",
    "maxLength",
    "contentEncoding",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// What its author means it to be of, whatever JSON Schema allows; nothing: nothing is said.
pub fn meant(arena: &Arena, schema: NodeId) -> Option<Kinds> {
    let has = |keys: &[&str]| keys.iter().any(|key| arena.get(schema, key).is_some());
    let implied = || {
        let containers = [(&OF_OBJECTS[..], OBJECT), (&OF_ARRAYS[..], ARRAY)];
        let kinds = containers
            .iter()
            .filter(|(keys, _)| has(keys))
            .fold(0, |all, (_, kind)| all | kind);
        match kinds {
            0 => has(&OF_SCALARS).then_some(STRING | NUMBER),
            kinds => Some(kinds),
        }
    };
    stated(arena, schema).or_else(implied)
}

/// Types of values a schema speaks of; nothing: none in particular. Responses are of the types their author means.
/// Requests are judged by JSON Schema, in which what is about objects or lists says nothing of other types.
pub fn spoken_of(arena: &Arena, schema: NodeId, direction: Direction) -> Option<Kinds> {
    let meant = meant(arena, schema)?;
    match direction {
        Direction::Response => Some(meant),
        Direction::Request => {
            let is_container = meant & (OBJECT | ARRAY) != 0;
            stated(arena, schema).or(is_container.then_some(ALL))
        }
    }
}

impl Schemas<'_> {
    /// Types a value the schema describes may be of.
    pub fn kinds(&self, schema: NodeId, part: bool) -> Kinds {
        if let Some(known) = self.kinds.borrow().get(&(schema, part)) {
            return known.unwrap_or(ALL); // one that includes itself does not narrow itself
        }
        self.kinds.borrow_mut().insert((schema, part), None);
        let found = self.kinds_worked_out(schema, part);
        self.kinds.borrow_mut().insert((schema, part), Some(found));
        found
    }

    fn kinds_worked_out(&self, schema: NodeId, part: bool) -> Kinds {
        let arena = &self.contract.arena;
        if schema >= OPEN {
            return ALL;
        }
        if let Value::Bool(all) = arena.value(schema) {
            return if all { ALL } else { 0 };
        }
        let stated = self.speaks(schema).then(|| stated(arena, schema)).flatten();
        let mut found = stated.unwrap_or(ALL);
        let mut alternatives: Option<Kinds> = None;
        for (to, applies) in self.in_place(schema).iter().copied() {
            match applies {
                _ if self.is_hidden(to) => {}
                Applies::Reference => found &= self.kinds(to, part),
                Applies::Part => found &= self.kinds(to, self.has_chosen(schema, part, to)),
                Applies::Alternative if !(part && self.has_discriminator(schema)) => {
                    *alternatives.get_or_insert(0) |= self.kinds(to, false);
                }
                _ => {}
            }
        }
        found &= alternatives.unwrap_or(ALL);
        let lists_null = || {
            let values = listed(arena, schema).unwrap_or_default();
            values
                .iter()
                .any(|value| matches!(arena.value(*value), Value::Null))
        };
        // Beside a reference too: everybody writes it there, and null says nothing.
        let is_nullable = is_true(arena, schema, "nullable");
        match is_nullable || (self.speaks(schema) && lists_null()) {
            true => found | NULL,
            false => found,
        }
    }
}
