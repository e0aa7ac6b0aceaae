//! Which members of a part mean something to a caller.

/// How the members of an object are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Keywords of OpenAPI or JSON Schema.
    Part,
    /// Names somebody chose: of properties, of components, of paths.
    Names,
    /// A value of the API itself: all of it counts.
    Data,
}

/// Members whose value maps chosen names to parts.
const NAMED: [&str; 21] = [
    "$defs",
    "callbacks",
    "components",
    "content",
    "definitions",
    "dependentRequired",
    "dependentSchemas",
    "encoding",
    "headers",
    "links",
    "mapping",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securitySchemes",
];

/// Members that are for readers only.
const PROSE: [&str; 7] = [
    "$comment",
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
];

/// Members that hold values, not parts.
const VALUES: [&str; 3] = ["const", "default", "enum"];

/// Extensions a rule reads (`rules/` of `src/ringwork/difference`).
const EXTENSIONS: [&str; 4] = [
    "x-audience",
    "x-extensible-enum",
    "x-stability-level",
    "x-sunset",
];

/// How the value of `key` is read in an object read as `outer`; nothing where it means nothing to a caller.
pub fn reading(outer: Reading, key: &str) -> Option<Reading> {
    match outer {
        Reading::Data => Some(Reading::Data),
        Reading::Names => Some(Reading::Part),
        Reading::Part if PROSE.contains(&key) => None,
        Reading::Part if key.starts_with("x-") => {
            EXTENSIONS.contains(&key).then_some(Reading::Data)
        }
        Reading::Part if VALUES.contains(&key) => Some(Reading::Data),
        Reading::Part if NAMED.contains(&key) || key == "webhooks" => Some(Reading::Names),
        Reading::Part => Some(Reading::Part),
    }
}
