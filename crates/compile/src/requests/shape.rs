//! What a text of a parameter or form can stand for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wall::bundle::{Members, Scalar, Shape};

use super::schema::is_read_only;
use super::source::{Source, list, map};

/// Schemas within each other that apply to one value.
const WITHIN_EACH_OTHER: usize = 32;

/// What is known of the values a schema describes.
#[derive(Default)]
pub struct Kinds<'d> {
    scalars: BTreeSet<Scalar>,
    is_array: bool,
    is_object: bool,
    /// Types are said somewhere.
    is_typed: bool,
    is_binary: bool,
    items: Vec<&'d Value>,
    /// Schemas of each declared field that can be sent.
    pub properties: BTreeMap<&'d str, Vec<&'d Value>>,
    /// Schemas of all other fields; nothing: there are none.
    pub others: Vec<&'d Value>,
}

impl<'d> Kinds<'d> {
    pub fn of(source: &Source<'d>, schemas: &[&'d Value]) -> Kinds<'d> {
        let mut kinds = Kinds::default();
        for schema in schemas {
            kinds.add(source, schema, WITHIN_EACH_OTHER);
        }
        kinds
    }

    fn add(&mut self, source: &Source<'d>, schema: &'d Value, depth: usize) {
        if depth == 0 {
            return;
        }
        // OpenAPI 3.1: what stands beside a reference applies too.
        self.add_own(source, schema);
        if schema.get("$ref").is_some() {
            self.add(source, source.followed(schema), depth - 1);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for branch in list(schema, key) {
                self.add(source, branch, depth - 1);
            }
        }
    }

    fn add_own(&mut self, source: &Source<'d>, schema: &'d Value) {
        let said = schema.get("type");
        let many = said.and_then(Value::as_array).into_iter().flatten();
        for name in said.into_iter().chain(many).filter_map(Value::as_str) {
            self.add_type(name);
        }
        let values = list(schema, "enum").iter().chain(schema.get("const"));
        if said.is_none() {
            values.for_each(|value| self.add_type(type_of(value)));
        }
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            self.scalars.insert(Scalar::Null);
        }
        let is_text = |key: &str| schema.get(key).is_some_and(Value::is_string);
        self.is_binary |= schema.get("format").and_then(Value::as_str) == Some("binary")
            || is_text("contentMediaType")
            || is_text("contentEncoding");
        self.items
            .extend(schema.get("items").filter(|items| items.is_object()));
        self.is_array |= said.is_none() && schema.get("items").is_some();
        for (name, property) in map(schema, "properties") {
            self.is_object |= said.is_none();
            if !is_read_only(source, property) {
                self.properties.entry(name).or_default().push(property);
            }
        }
        let additional = schema.get("additionalProperties");
        self.others
            .extend(additional.filter(|rest| **rest != Value::Bool(false)));
    }

    fn add_type(&mut self, name: &str) {
        self.is_typed = true;
        match name {
            "string" => drop(self.scalars.insert(Scalar::String)),
            "number" => drop(self.scalars.insert(Scalar::Number)),
            "integer" => drop(self.scalars.insert(Scalar::Integer)),
            "boolean" => drop(self.scalars.insert(Scalar::Boolean)),
            "null" => drop(self.scalars.insert(Scalar::Null)),
            "array" => self.is_array = true,
            "object" => self.is_object = true,
            _ => {}
        }
    }

    pub fn is_object(&self) -> bool {
        self.is_object
    }

    /// Objects or arrays: what has fields somewhere.
    pub fn is_structured(&self) -> bool {
        self.is_object || self.is_array
    }

    /// Bytes, or lists of them.
    pub fn is_binary(&self, source: &Source<'d>) -> bool {
        self.is_binary || (self.is_array && Kinds::of(source, &self.items).is_binary)
    }

    /// Whether the form of texts cannot say it: objects in arrays, objects in objects.
    pub fn is_nested(&self, source: &Source<'d>) -> bool {
        let structured = |schemas: &[&'d Value]| Kinds::of(source, schemas).is_structured();
        (self.is_array && structured(&self.items))
            || (self.is_object
                && self
                    .properties
                    .values()
                    .any(|property| structured(property)))
    }

    /// What single texts can be; nothing: texts.
    fn scalars(&self) -> Vec<Scalar> {
        let only_text = self.scalars.iter().all(|scalar| *scalar == Scalar::String);
        match only_text {
            true => Vec::new(),
            false => self.scalars.iter().copied().collect(),
        }
    }

    pub fn shape(&self, source: &Source<'d>) -> Shape {
        let below = |schemas: &[&'d Value]| Kinds::of(source, schemas).scalars();
        // Beside a list or an object, a text is one of the values only if that is said.
        let scalars = match self.is_structured() {
            true => self
                .scalars
                .iter()
                .copied()
                .filter(|scalar| *scalar != Scalar::Null)
                .collect(),
            false => self.scalars(),
        };
        let named = self.properties.iter();
        let named = named.map(|(name, schemas)| ((*name).to_owned(), below(schemas)));
        Shape {
            scalars,
            items: self.is_array.then(|| below(&self.items)),
            members: self.is_object.then(|| Members {
                named: named.collect(),
                others: (!self.others.is_empty()).then(|| below(&self.others)),
            }),
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
