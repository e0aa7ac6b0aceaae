//! Which types of JSON values a schema speaks of.

use document::Value;
use document::arena::{Arena, NodeId};

use super::Direction;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    pub null: bool,
    pub boolean: bool,
    pub number: bool,
    pub string: bool,
    pub object: bool,
    pub array: bool,
}

impl Kinds {
    pub const ALL: Kinds = Kinds {
        null: true,
        boolean: true,
        number: true,
        string: true,
        object: true,
        array: true,
    };

    pub fn or(self, other: Kinds) -> Kinds {
        Kinds {
            null: self.null || other.null,
            boolean: self.boolean || other.boolean,
            number: self.number || other.number,
            string: self.string || other.string,
            object: self.object || other.object,
            array: self.array || other.array,
        }
    }

    fn with(mut self, name: &str) -> Kinds {
        match name {
            "null" => self.null = true,
            "boolean" => self.boolean = true,
            "number" | "integer" => self.number = true,
            "string" => self.string = true,
            "object" => self.object = true,
            "array" => self.array = true,
            _ => {}
        }
        self
    }
}

/// The types a schema names, or means by the keywords it has; nothing: it says none. Of responses, keywords that are
/// about one type only are meant for it, whatever JSON Schema allows: nobody declares members of a string. Requests are
/// judged by JSON Schema beside that, in which a schema without `type` speaks of values of all types.
pub fn kinds(arena: &Arena, schema: NodeId, direction: Direction) -> Option<Kinds> {
    let named = named(arena, schema);
    let kinds = named
        .or_else(|| listed(arena, schema))
        .or_else(|| implied(arena, schema, direction));
    let is_nullable = arena
        .get(schema, "nullable")
        .is_some_and(|value| matches!(arena.value(value), Value::Bool(true)));
    kinds.map(|kinds| Kinds {
        null: kinds.null || is_nullable || lists_null(arena, schema),
        ..kinds
    })
}

/// `nullable` where nothing else is said: of what a reference or a combination beside it describes.
pub fn is_nullable_besides(arena: &Arena, schema: NodeId) -> bool {
    let nullable = arena.get(schema, "nullable");
    nullable.is_some_and(|value| matches!(arena.value(value), Value::Bool(true)))
}

fn named(arena: &Arena, schema: NodeId) -> Option<Kinds> {
    let said = arena.get(schema, "type")?;
    let names = match arena.value(said) {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| type_name(arena, *item))
            .collect::<Vec<_>>(),
        // What is no name is of no type, and nothing of it leaves.
        _ => type_name(arena, said).into_iter().collect(),
    };
    Some(names.into_iter().fold(Kinds::default(), Kinds::with))
}

/// YAML writes null where `"null"` is meant.
fn type_name(arena: &Arena, node: NodeId) -> Option<&str> {
    match arena.value(node) {
        Value::Null => Some("null"),
        _ => arena.string(node),
    }
}

/// Values of an `enum`, or the `const`.
pub fn values(arena: &Arena, schema: NodeId) -> Option<Vec<NodeId>> {
    let constant = arena.get(schema, "const").map(|value| vec![value]);
    let listed = arena
        .get(schema, "enum")
        .filter(|list| matches!(arena.value(*list), Value::Array(_)))
        .map(|list| arena.items(list).to_vec());
    constant.or(listed)
}

fn listed(arena: &Arena, schema: NodeId) -> Option<Kinds> {
    let values = values(arena, schema)?;
    let name = |value: &NodeId| match arena.value(*value) {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Long(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Some(values.iter().map(name).fold(Kinds::default(), Kinds::with))
}

fn lists_null(arena: &Arena, schema: NodeId) -> bool {
    let values = values(arena, schema).unwrap_or_default();
    values
        .iter()
        .any(|value| matches!(arena.value(*value), Value::Null))
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
const OF_STRINGS: [&str; 5] = [
    "pattern",
    "minLength",
    "maxLength",
    "contentEncoding",
    "format",
];
const OF_NUMBERS: [&str; 5] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

fn implied(arena: &Arena, schema: NodeId, direction: Direction) -> Option<Kinds> {
    let has = |keys: &[&str]| keys.iter().any(|key| arena.get(schema, key).is_some());
    let (object, array) = (has(&OF_OBJECTS), has(&OF_ARRAYS));
    if direction == Direction::Request && (object || array) {
        return Some(Kinds::ALL);
    }
    if object || array {
        return Some(Kinds {
            object,
            array,
            ..Kinds::default()
        });
    }
    let (string, number) = (has(&OF_STRINGS), has(&OF_NUMBERS));
    if direction == Direction::Request {
        return None;
    }
    // `format` alone says too little: there are formats of both.
    (string || number).then_some(Kinds {
        string: true,
        number: true,
        ..Kinds::default()
    })
}
