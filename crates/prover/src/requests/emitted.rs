//! The JSON Schemas of a validation object, read when they are asked for.

use ahash::HashMap;
use std::cell::OnceCell;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use wall::bundle::Validation;
use wall::validation::schema::{DEFINITIONS, built, referred};

/// What is not there, or cannot be read, asks for nothing.
pub static ANYTHING: Value = Value::Bool(true);

pub struct Emitted<'a> {
    definitions: HashMap<&'a str, (&'a RawValue, OnceCell<Value>)>,
    /// By operation id: of all its parameters.
    parameters: HashMap<&'a str, Value>,
}

impl<'a> Emitted<'a> {
    pub fn new(validation: &'a Validation) -> Emitted<'a> {
        let definitions = validation.definitions.iter();
        let definitions = definitions
            .map(|(name, text)| (name.as_str(), (text.as_ref(), OnceCell::new())))
            .collect();
        let rules = validation.operations.iter();
        let parameters = rules
            .filter_map(|(id, rule)| Some((id.as_str(), read(rule.schema.as_deref()?))))
            .collect();
        Emitted {
            definitions,
            parameters,
        }
    }

    pub fn definition(&self, name: &str) -> &Value {
        let known = self.definitions.get(name);
        known.map_or(&ANYTHING, |(text, read_once)| {
            read_once.get_or_init(|| read(text))
        })
    }

    /// What a `$ref` leads to; nothing where there is none.
    pub fn referred(&self, schema: &'a Value) -> Option<(&'a str, &Value)> {
        let text = schema.get("$ref")?.as_str()?;
        let name = text.strip_prefix(DEFINITIONS)?;
        Some((name, self.definition(name)))
    }

    /// Whether a value fits a schema, by the validator a gateway asks; nothing: it cannot be asked.
    pub fn judge(&self, schema: &Value) -> Option<impl Fn(&Value) -> bool> {
        let mut definitions = Map::new();
        let mut open = Vec::new();
        referred(schema, &mut open);
        while let Some(name) = open.pop() {
            let known = self.definitions.get_key_value(name.as_str());
            if let Some((name, _)) = known.filter(|(name, _)| !definitions.contains_key(**name)) {
                let definition = self.definition(name);
                referred(definition, &mut open);
                definitions.insert((*name).to_owned(), definition.clone());
            }
        }
        let whole = json!({"allOf": [schema], "$defs": definitions});
        let validator = built(&whole).ok()?;
        Some(move |value: &Value| validator.is_valid(value))
    }

    /// What the parameters of an operation are held to.
    pub fn parameters(&self, operation: &str) -> &Value {
        self.parameters.get(operation).unwrap_or(&ANYTHING)
    }
}

fn read(text: &RawValue) -> Value {
    serde_json::from_str(text.get()).unwrap_or(Value::Bool(true))
}
