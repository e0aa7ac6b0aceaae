//! `schema`: JSON Schema, by the `jsonschema` crate, told in the order and number ajv tells it.

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value as Json;

use super::{Input, Problem, asked_json, text};
use crate::subject::View;

/// Steps back one match of a pattern may take.
const STEPS_BACK: usize = 200_000;
/// Problems told of one value.
const PROBLEMS: usize = 1_000;

/// Keywords in the order ajv judges them: what holds for every type first, then by type.
const ORDER: [&str; 39] = [
    "$ref",
    "type",
    "const",
    "enum",
    "not",
    "anyOf",
    "oneOf",
    "allOf",
    "if",
    "then",
    "else",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "multipleOf",
    "maxLength",
    "minLength",
    "pattern",
    "format",
    "maxItems",
    "minItems",
    "uniqueItems",
    "prefixItems",
    "additionalItems",
    "items",
    "contains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "propertyNames",
    "additionalProperties",
    "dependencies",
    "properties",
    "patternProperties",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose members are named by whoever wrote the schema, or counted.
const NAMING: [&str; 9] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "dependencies",
    "allOf",
    "anyOf",
    "oneOf",
    "prefixItems",
    "items",
];

/// Keywords about what is one level below.
const BELOW: [&str; 5] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "items",
    "prefixItems",
];

/// Where a name stands among its siblings, by the way to it through the schema.
pub type Ordinal<'o> = &'o dyn Fn(&[String]) -> usize;

pub struct Schema {
    validator: Validator,
    all: bool,
}

impl Schema {
    pub fn of_options(options: &Json) -> Result<Schema, String> {
        let schema = options
            .get("schema")
            .filter(|schema| schema.is_object() || schema.is_boolean());
        let schema = schema.ok_or("`schema` must be a JSON Schema")?;
        let draft = match text(options, "dialect")?.as_deref() {
            None | Some("auto") => of_schema(schema),
            Some("draft4") => Draft::Draft4,
            Some("draft6") => Draft::Draft6,
            Some("draft7") => Draft::Draft7,
            Some("draft2019-09") => Draft::Draft201909,
            Some("draft2020-12") => Draft::Draft202012,
            Some(_) => {
                return Err(
                    "`dialect` must be auto, draft4, draft6, draft7, draft2019-09 or draft2020-12"
                        .to_owned(),
                );
            }
        };
        let all = options.get("allErrors") == Some(&Json::Bool(true));
        Schema::new(schema, draft, all)
    }

    /// `all`: tell everything that does not fit, not the first of it.
    pub fn new(schema: &Json, draft: Draft, all: bool) -> Result<Schema, String> {
        let patterns = PatternOptions::fancy_regex().backtrack_limit(STEPS_BACK);
        let built = jsonschema::options()
            .with_draft(draft)
            .offline()
            .should_validate_formats(true)
            .with_format("uuid", is_uuid)
            .with_format("byte", is_base64)
            .with_pattern_options(patterns)
            .build(schema);
        match built {
            Ok(validator) => Ok(Schema { validator, all }),
            Err(error) => Err(format!("the schema cannot be used: {error}")),
        }
    }

    pub fn check(&self, view: View<'_>, input: &Input) -> Vec<Problem> {
        if matches!(input, Input::Missing) {
            return vec![Problem::property("must exist")];
        }
        match asked_json(view, input) {
            Some(value) => self.misfits(&value, &|_| 0),
            None => vec![Problem::property(
                "is too large to be checked against a schema",
            )],
        }
    }

    /// What of a value does not fit.
    pub fn misfits(&self, value: &Json, ordinal: Ordinal<'_>) -> Vec<Problem> {
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        let mut errors: Vec<ValidationError<'_>> =
            self.validator.iter_errors(value).take(PROBLEMS).collect();
        errors.sort_by_cached_key(|error| rank(error, ordinal));
        errors.truncate(if self.all { PROBLEMS } else { 1 });
        let mut problems = Vec::new();
        errors
            .iter()
            .for_each(|error| told(error, self.all, ordinal, &mut problems));
        problems.truncate(PROBLEMS);
        problems
    }
}

fn of_schema(schema: &Json) -> Draft {
    let named = schema
        .get("$schema")
        .and_then(Json::as_str)
        .unwrap_or_default();
    match named.trim_end_matches('#') {
        "http://json-schema.org/draft-04/schema" => Draft::Draft4,
        "http://json-schema.org/draft-06/schema" => Draft::Draft6,
        "https://json-schema.org/draft/2019-09/schema" => Draft::Draft201909,
        "https://json-schema.org/draft/2020-12/schema" => Draft::Draft202012,
        _ => Draft::Draft7,
    }
}

fn rank(error: &ValidationError<'_>, ordinal: Ordinal<'_>) -> Vec<usize> {
    let path = error.schema_path().to_string();
    let tokens: Vec<String> = path
        .split('/')
        .skip(1)
        .map(document::pointer::unescaped)
        .collect();
    let at = error.instance_path().to_string();
    let mut instance = at.split('/').skip(1);
    let mut ranks = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let keyword = tokens[at].as_str();
        ranks.push(
            ORDER
                .iter()
                .position(|known| *known == keyword)
                .unwrap_or(ORDER.len()),
        );
        at += 1;
        let counted = tokens.get(at).and_then(|token| token.parse::<usize>().ok());
        let named = NAMING.contains(&keyword)
            && at < tokens.len()
            && (keyword != "items" || counted.is_some());
        if named {
            ranks.push(counted.unwrap_or_else(|| ordinal(&tokens[..=at])));
            at += 1;
        }
        // Items are judged one after the other, each with all there is to say of it.
        if BELOW.contains(&keyword)
            && let Some(token) = instance.next()
            && !named
        {
            ranks.push(token.parse().unwrap_or(0));
        }
    }
    ranks
}

/// Formats OpenAPI and ajv know beside those of JSON Schema.
fn is_uuid(text: &str) -> bool {
    let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_base64(text: &str) -> bool {
    let text: String = text.chars().filter(|c| *c != '\n' && *c != '\r').collect();
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// A problem for each; where several schemas were tried, those of each of them come first, as ajv's do.
fn told(error: &ValidationError<'_>, all: bool, ordinal: Ordinal<'_>, problems: &mut Vec<Problem>) {
    let at = error.instance_path().to_string();
    let path: Vec<String> = at
        .split('/')
        .skip(1)
        .map(document::pointer::unescaped)
        .collect();
    let mut add = |problem: Problem| problems.push(problem.at(&path));
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let told = if all { unexpected.len() } else { 1 };
            for name in unexpected.iter().take(told) {
                add(Problem::new(format!(
                    "Property \"{name}\" is not expected to be here"
                )));
            }
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let keyword = error.kind().keyword().to_owned();
            for branch in context {
                let mut branch: Vec<&ValidationError<'static>> = branch.iter().collect();
                branch.sort_by_cached_key(|error| rank(error, ordinal));
                let shown = if all { branch.len() } else { 1 };
                branch
                    .into_iter()
                    .take(shown)
                    .for_each(|error| told(error, all, ordinal, problems));
            }
            let message = format!(
                "must match a schema in {keyword}. None of the schemas matched, see the other errors reported for \
                 this value"
            );
            problems.push(Problem::property(message).at(&path));
        }
        Kind::Required { property } => {
            add(Problem::property(format!(
                "must have required property {property}"
            )));
        }
        Kind::Type { kind } => add(Problem::property(format!("type must be {}", types(kind)))),
        Kind::Enum { options } => {
            let allowed: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(super::shown)
                .collect();
            let allowed = allowed.join(", ");
            add(Problem::property(format!(
                "must be equal to one of the allowed values: {allowed}"
            )));
        }
        Kind::Pattern { pattern } => add(Problem::property(format!(
            "must match pattern \"{pattern}\""
        ))),
        Kind::Format { format } => {
            add(Problem::property(format!("must match format \"{format}\"")))
        }
        Kind::OneOfMultipleValid { .. } => {
            add(Problem::property(
                "must match exactly one schema in oneOf".to_owned(),
            ));
        }
        kind => {
            let masked = error.masked_with("the value").to_string();
            add(Problem::property(format!(
                "does not fit `{}`: {masked}",
                kind.keyword()
            )));
        }
    }
}

fn types(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::error::TypeKind;
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => set
            .iter()
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}
