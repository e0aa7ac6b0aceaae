//! Examples and defaults, held to the schemas they are for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use document::NodeId;
use jsonschema::Draft;
use serde_json::{Map, Value as Json, json};

use crate::functions::Problem;
use crate::functions::schema::Schema;
use crate::subject::View;

/// Compiled schemas that are kept; a document may have a hundred thousand, most of them used once.
const KEPT: usize = 256;

/// A schema that examples can be held to, or why there is none; and what was read to make it.
pub(crate) type Judge = Arc<(Result<Schema, String>, Vec<NodeId>)>;

/// Schemas by node and direction: what many operations answer with is compiled once.
#[derive(Default)]
pub struct Judges(Mutex<HashMap<(NodeId, bool, Direction), Judge>>);

impl Judges {
    fn judge(&self, view: View<'_>, schema: NodeId, direction: Direction) -> Option<Judge> {
        let key = (schema, view.resolved, direction);
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(judge) = kept().get(&key) {
            judge.1.iter().for_each(|node| view.read(*node));
            return Some(judge.clone());
        }
        if let Some(judge) = view
            .notes
            .and_then(|notes| notes.judge(schema, view.resolved, direction))
        {
            return Some(judge);
        }
        let compiled = || compiled(view, schema, direction);
        let (compiled, read) = match view.notes {
            Some(notes) => notes.reading(compiled),
            None => (compiled(), Vec::new()),
        };
        let judge = Arc::new((compiled?, read));
        if let Some(notes) = view.notes {
            notes.keep_judge(schema, view.resolved, direction, &judge, &judge.1);
        }
        let mut kept = kept();
        if kept.len() == KEPT {
            kept.clear();
        }
        kept.insert(key, judge.clone());
        Some(judge)
    }
}

/// What a message carries: parts one direction lacks are not required in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Request,
    Response,
    Either,
}

/// `example` and `default` of a schema.
pub fn of_schema(view: View<'_>, schema: NodeId) -> Vec<Problem> {
    let there = ["example", "x-example", "default"]
        .into_iter()
        .filter_map(|name| Some((name, view.get(schema, name)?)));
    let there: Vec<(&str, NodeId)> = there.collect();
    judged(
        view,
        schema,
        Direction::Either,
        there
            .into_iter()
            .map(|(name, node)| (vec![name], node))
            .collect(),
    )
}

/// `example`, `examples` (OpenAPI 3: each with its value; 2.0: by media type) beside `schema`.
pub fn of_media(view: View<'_>, media: NodeId, path: &[String]) -> Vec<Problem> {
    let Some(schema) = view.get(media, "schema") else {
        return Vec::new();
    };
    let swagger = view.subject.is_swagger();
    let mut there = Vec::new();
    let mut problems = Vec::new();
    if let Some(example) = view.get(media, "example") {
        there.push((vec!["example"], example));
    }
    for (name, example) in view
        .get(media, "examples")
        .into_iter()
        .flat_map(|all| view.entries(all))
    {
        if swagger {
            there.push((vec!["examples", name], example));
        } else if view.get(example, "externalValue").is_some() {
            continue;
        } else if let Some(value) = view.get(example, "value") {
            there.push((vec!["examples", name, "value"], value));
        } else {
            problems.push(Problem::property("must exist").at(["examples", name, "value"]));
        }
    }
    let direction = match path {
        path if path.iter().any(|token| token.starts_with("requestBod")) => Direction::Request,
        path if path.iter().any(|token| token == "responses") => Direction::Response,
        _ => Direction::Either,
    };
    problems.extend(judged(view, schema, direction, there));
    problems
}

fn judged(
    view: View<'_>,
    schema: NodeId,
    direction: Direction,
    there: Vec<(Vec<&str>, NodeId)>,
) -> Vec<Problem> {
    if there.is_empty() {
        return Vec::new();
    }
    let Some(judge) = view.subject.judges.judge(view, schema, direction) else {
        return Vec::new();
    };
    let ordinal = |way: &[String]| ordinal(view, schema, way);
    let mut problems = Vec::new();
    for (at, node) in there {
        match &judge.0 {
            Ok(judge) => {
                let Some(value) = view.json(node) else {
                    continue;
                };
                for mut problem in judge.misfits(&value, &ordinal) {
                    let below = at
                        .iter()
                        .map(|token| (*token).to_owned())
                        .chain(problem.path.clone());
                    problem.path = below.collect();
                    problems.push(problem);
                }
            }
            Err(error) => problems.push(Problem::new(format!("schema is invalid: {error}")).at(at)),
        }
    }
    problems
}

/// Nothing where the schema is too large.
fn compiled(
    view: View<'_>,
    schema: NodeId,
    direction: Direction,
) -> Option<Result<Schema, String>> {
    let modern = view
        .subject
        .version("openapi")
        .is_some_and(|version| !version.starts_with("3.0"));
    let mut written = view.json(schema)?;
    let strict = if modern { Ok(()) } else { typed(&written) };
    adapt(&mut written, modern, direction);
    let draft = if modern {
        Draft::Draft202012
    } else {
        Draft::Draft4
    };
    Some(strict.and_then(|()| Schema::new(&written, draft, false)))
}

/// Where the last name of a way through a schema stands among its siblings, as they are written.
fn ordinal(view: View<'_>, schema: NodeId, way: &[String]) -> usize {
    let Some((name, above)) = way.split_last() else {
        return 0;
    };
    let holder = above
        .iter()
        .try_fold(schema, |node, token| view.child(node, token));
    holder
        .and_then(|holder| view.subject.arena.ordinal(holder, name))
        .unwrap_or(0)
}

/// An OpenAPI schema as JSON Schema means it.
fn adapt(schema: &mut Json, modern: bool, direction: Direction) {
    let Json::Object(members) = schema else {
        return;
    };
    for name in [
        "example",
        "examples",
        "x-example",
        "discriminator",
        "xml",
        "externalDocs",
    ] {
        members.remove(name);
    }
    if !modern {
        // A circle stays a reference, which then leads nowhere: whatever stands there fits.
        if members.remove("$ref").is_some() {
            members.clear();
        }
        nullable(members);
    } else if members.get("$ref").is_some() {
        members.clear();
    }
    required(members, direction);
    for name in [
        "properties",
        "patternProperties",
        "definitions",
        "$defs",
        "dependentSchemas",
    ] {
        if let Some(Json::Object(named)) = members.get_mut(name) {
            named
                .values_mut()
                .for_each(|one| adapt(one, modern, direction));
        }
    }
    for name in [
        "items",
        "additionalProperties",
        "not",
        "if",
        "then",
        "else",
        "contains",
        "propertyNames",
    ] {
        if let Some(one) = members.get_mut(name) {
            adapt(one, modern, direction);
        }
    }
    for name in ["allOf", "anyOf", "oneOf", "prefixItems", "items"] {
        if let Some(Json::Array(several)) = members.get_mut(name) {
            several
                .iter_mut()
                .for_each(|one| adapt(one, modern, direction));
        }
    }
}

/// `nullable` counts beside `type` only (OpenAPI 3.0.3, Schema Object).
fn typed(schema: &Json) -> Result<(), String> {
    match schema {
        Json::Object(members) => {
            if members.get("nullable") == Some(&Json::Bool(true)) && !members.contains_key("type") {
                return Err("\"nullable\" cannot be used without \"type\"".to_owned());
            }
            let data = |name: &str| {
                matches!(
                    name,
                    "example" | "examples" | "x-example" | "default" | "enum"
                )
            };
            members
                .iter()
                .filter(|(name, _)| !data(name))
                .try_for_each(|(_, value)| typed(value))
        }
        Json::Array(items) => items.iter().try_for_each(typed),
        _ => Ok(()),
    }
}

/// `nullable` (3.0) and `x-nullable` (2.0): null is one of the types.
fn nullable(members: &mut Map<String, Json>) {
    let truthy = |name: &str| members.get(name) == Some(&Json::Bool(true));
    if !truthy("nullable") && !truthy("x-nullable") {
        return;
    }
    if let Some(Json::String(one)) = members.get("type") {
        let types = json!([one, "null"]);
        members.insert("type".to_owned(), types);
    }
}

/// What is only read is not required of a request, what is only written not of a response.
fn required(members: &mut Map<String, Json>, direction: Direction) {
    let flag = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
        Direction::Either => return,
    };
    let Some(Json::Object(properties)) = members.get("properties") else {
        return;
    };
    let absent: Vec<String> = properties
        .iter()
        .filter(|(_, property)| property.get(flag) == Some(&Json::Bool(true)))
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(Json::Array(names)) = members.get_mut("required") {
        names.retain(|name| !absent.iter().any(|absent| name.as_str() == Some(absent)));
        if names.is_empty() {
            members.remove("required");
        }
    }
}
