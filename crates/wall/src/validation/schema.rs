//! JSON Schema 2020-12 by the `jsonschema` crate, and what is told of what does not fit.

use std::collections::BTreeMap;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::bounds::{MAX_FAULTS, MAX_PATTERN_BYTES};
use super::fault::cut;
use crate::pointer;

pub const DEFINITIONS: &str = "#/$defs/";

/// What is said of every field that must not come: one the ring cannot see, one that is read only and one that
/// nobody declared are not told apart.
pub const NO_FIELD: &str = "cannot be sent here";

/// Definitions by name.
pub type Texts = BTreeMap<String, Box<RawValue>>;

/// Something about a value: where, as an RFC 6901 pointer, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub pointer: String,
    pub expected: String,
    /// A keyword of JSON Schema, or why the graph takes it away. For the log: callers are not told which it is.
    pub reason: &'static str,
}

/// Keywords that a scalar of another type or value breaks, and a field nobody declared: what passes while a contract is
/// observed, unless the graph takes it away.
const OF_WHAT_IS_NOT_KNOWN: [&str; 5] = [
    "additionalProperties",
    "unevaluatedProperties",
    "type",
    "enum",
    "const",
];

impl Misfit {
    /// Whether the contract may only be incomplete.
    pub fn is_of_what_is_not_known(&self) -> bool {
        OF_WHAT_IS_NOT_KNOWN.contains(&self.reason)
    }

    /// Whether it is about this place; `*` in its own pointer is any item or name.
    pub fn is_at(&self, pointer: &str) -> bool {
        let (mut own, mut other) = (self.pointer.split('/'), pointer.split('/'));
        loop {
            match (own.next(), other.next()) {
                (None, None) => return true,
                (Some(token), Some(other)) if token == "*" || token == other => {}
                _ => return false,
            }
        }
    }
}

/// A validator of a whole schema. Nothing is fetched; patterns take linear time, so those with look-around or
/// back-references are refused; formats are checked.
pub fn built(schema: &Value) -> Result<Validator, String> {
    let patterns = PatternOptions::regex()
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_PATTERN_BYTES);
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(patterns);
    let built = options.build(schema);
    built.map_err(|error| error.to_string())
}

/// `{"$ref": …}` to a definition.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("{DEFINITIONS}{name}")})
}

/// Names of the definitions a schema refers to.
pub fn referred(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix(DEFINITIONS));
            names.extend(name.map(str::to_owned));
            members.values().for_each(|value| referred(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| referred(item, names)),
        _ => {}
    }
}

/// How far is looked for what does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    First,
    /// As much as is told.
    Told,
    /// All of it, for one thing among many may be refused: of what is not known, and of the rest, as much as is told.
    Whole,
}

/// What does not fit.
pub fn misfits(validator: &Validator, value: &Value, extent: Extent) -> Vec<Misfit> {
    if validator.is_valid(value) {
        return Vec::new();
    }
    if extent == Extent::First {
        let first = validator.validate(value).err();
        return first.iter().flat_map(told).take(MAX_FAULTS).collect();
    }
    let errors = validator.iter_errors(value);
    let told = errors.flat_map(|error| told(&error).collect::<Vec<_>>());
    if extent == Extent::Told {
        return told.take(MAX_FAULTS).collect();
    }
    let mut counts = [0; 2];
    let is_told = |misfit: &Misfit| {
        let count = &mut counts[usize::from(misfit.is_of_what_is_not_known())];
        *count += 1;
        *count <= MAX_FAULTS
    };
    told.filter(is_told).collect()
}

fn told<'e>(error: &'e ValidationError<'_>) -> Box<dyn Iterator<Item = Misfit> + 'e> {
    let at = error.instance_path().as_str();
    let below = move |name: &str| pointer::join(at, name);
    let reason = keyword(error.kind());
    let misfit = move |pointer: String, expected: &str| Misfit {
        pointer,
        expected: cut(expected),
        reason,
    };
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            Box::new(std::iter::once(misfit(below(name), "is required")))
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            Box::new(
                unexpected
                    .iter()
                    .map(move |name| misfit(below(name), NO_FIELD)),
            )
        }
        kind => Box::new(std::iter::once(misfit(at.to_owned(), &expected(kind)))),
    }
}

/// The keyword that is not met; a word of ours for what only the wall can be wrong about.
fn keyword(kind: &Kind) -> &'static str {
    match kind {
        Kind::AdditionalProperties { .. } => "additionalProperties",
        Kind::UnevaluatedProperties { .. } => "unevaluatedProperties",
        Kind::UnevaluatedItems { .. } | Kind::AdditionalItems { .. } => "unevaluatedItems",
        Kind::AnyOf { .. } => "anyOf",
        Kind::OneOfMultipleValid { .. } | Kind::OneOfNotValid { .. } => "oneOf",
        Kind::Not { .. } => "not",
        Kind::Constant { .. } => "const",
        Kind::Enum { .. } => "enum",
        Kind::Type { .. } => "type",
        Kind::Format { .. } => "format",
        Kind::Pattern { .. } => "pattern",
        Kind::Required { .. } => "required",
        Kind::PropertyNames { .. } => "propertyNames",
        Kind::Contains => "contains",
        Kind::UniqueItems => "uniqueItems",
        Kind::MultipleOf { .. } => "multipleOf",
        Kind::Minimum { .. } => "minimum",
        Kind::Maximum { .. } => "maximum",
        Kind::ExclusiveMinimum { .. } => "exclusiveMinimum",
        Kind::ExclusiveMaximum { .. } => "exclusiveMaximum",
        Kind::MinLength { .. } => "minLength",
        Kind::MaxLength { .. } => "maxLength",
        Kind::MinItems { .. } => "minItems",
        Kind::MaxItems { .. } => "maxItems",
        Kind::MinProperties { .. } => "minProperties",
        Kind::MaxProperties { .. } => "maxProperties",
        Kind::FalseSchema => "false",
        _ => "other",
    }
}

/// In terms of the schema alone, which is the contract as the ring reads it: nothing of what came.
fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Type { kind } => format!("must be {}", types(kind)),
        Kind::Enum { options } => format!("must be one of {}", listed(options)),
        Kind::Constant { expected_value } => format!("must be {expected_value}"),
        Kind::Format { format } => format!("must be a {format}"),
        Kind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} fields"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} fields"),
        Kind::Minimum { limit } => format!("must be {limit} or more"),
        Kind::Maximum { limit } => format!("must be {limit} or less"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::UniqueItems => "must have no item twice".to_owned(),
        Kind::Contains => "must contain certain items".to_owned(),
        Kind::AnyOf { .. } => "must be one of the kinds the contract describes".to_owned(),
        Kind::OneOfNotValid { .. } => "must be one of the kinds the contract describes".to_owned(),
        Kind::OneOfMultipleValid { .. } => {
            "must be exactly one of the kinds the contract describes".to_owned()
        }
        Kind::PropertyNames { .. } => "has a field whose name is not allowed".to_owned(),
        Kind::FalseSchema | Kind::AdditionalItems { .. } | Kind::UnevaluatedItems { .. } => {
            NO_FIELD.to_owned()
        }
        _ => "must be as the contract describes it".to_owned(),
    }
}

fn types(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::error::TypeKind;
    match kind {
        TypeKind::Single(one) => format!("of type {one}"),
        TypeKind::Multiple(many) => {
            let names: Vec<String> = many.iter().map(|one| one.to_string()).collect();
            format!("of type {}", names.join(" or "))
        }
    }
}

fn listed(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let options: Vec<String> = options.iter().map(Value::to_string).collect();
    options.join(", ")
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
