//! Core functions that need a few lines.

use document::{FileId, NodeId, Value};
use serde_json::Value as Json;

use super::{Function, Input, Problem, asked_json, asked_text, shown};
use crate::regexp::Regexp;
use crate::subject::View;

pub(super) fn enumeration(options: &Json) -> Result<Vec<Json>, String> {
    match options.get("values") {
        Some(Json::Array(values)) if !values.is_empty() => Ok(values.clone()),
        _ => Err("`values` must list what is allowed".to_owned()),
    }
}

pub(super) fn properties(options: &Json) -> Result<Vec<String>, String> {
    match super::texts(options, "properties") {
        Ok(names) if names.len() > 1 => Ok(names),
        _ => Err("`properties` must list two or more names".to_owned()),
    }
}

pub(super) fn length(options: &Json) -> Result<Function, String> {
    let bound = |name: &str| match options.get(name) {
        None => Ok(None),
        Some(Json::Number(number)) => Ok(number.as_f64()),
        Some(_) => Err(format!("`{name}` must be a number")),
    };
    let (min, max) = (bound("min")?, bound("max")?);
    if min.is_none() && max.is_none() {
        return Err("`min`, `max` or both are needed".to_owned());
    }
    Ok(Function::Length { min, max })
}

pub(super) fn pattern(options: &Json) -> Result<Function, String> {
    let regexp = |name: &str| match super::text(options, name)? {
        None => Ok(None),
        Some(text) => Regexp::of_text(&text).map(Some),
    };
    let (wanted, unwanted) = (regexp("match")?, regexp("notMatch")?);
    if wanted.is_none() && unwanted.is_none() {
        return Err("`match`, `notMatch` or both are needed".to_owned());
    }
    Ok(Function::Pattern(Box::new(Pattern { wanted, unwanted })))
}

fn is_truthy(view: View<'_>, input: &Input) -> bool {
    match input {
        Input::Missing => false,
        Input::Name(name) => !name.is_empty(),
        Input::Node(node) => match view.value(*node) {
            Value::Null => false,
            Value::Bool(value) => value,
            Value::Int(value) => value != 0,
            Value::Float(value) => value != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::Long(_) | Value::Array(_) | Value::Object(_) => true,
        },
    }
}

fn unless(fine: bool, problem: impl FnOnce() -> Problem) -> Vec<Problem> {
    if fine { Vec::new() } else { vec![problem()] }
}

pub(super) fn truthy(view: View<'_>, input: &Input) -> Vec<Problem> {
    unless(is_truthy(view, input), || {
        Problem::property("must be truthy")
    })
}

pub(super) fn falsy(view: View<'_>, input: &Input) -> Vec<Problem> {
    unless(!is_truthy(view, input), || {
        Problem::property("must be falsy")
    })
}

pub(super) fn defined(input: &Input) -> Vec<Problem> {
    unless(!matches!(input, Input::Missing), || {
        Problem::property("must be defined")
    })
}

pub(super) fn undefined(input: &Input) -> Vec<Problem> {
    unless(matches!(input, Input::Missing), || {
        Problem::property("must be undefined")
    })
}

pub(super) fn in_enumeration(view: View<'_>, input: &Input, values: &[Json]) -> Vec<Problem> {
    if let Input::Node(node) = input
        && (view.is_object(*node) || view.is_array(*node))
    {
        return Vec::new();
    }
    let Some(value) = asked_json(view, input) else {
        return Vec::new();
    };
    unless(values.contains(&value), || {
        let allowed: Vec<String> = values.iter().map(shown).collect();
        let allowed = allowed.join(", ");
        Problem::value(format!(
            "must be equal to one of the allowed values: {allowed}"
        ))
    })
}

pub(super) fn of_length(
    view: View<'_>,
    input: &Input,
    min: Option<f64>,
    max: Option<f64>,
) -> Vec<Problem> {
    let length = match input {
        Input::Missing => return Vec::new(),
        Input::Name(name) => name.encode_utf16().count() as f64,
        Input::Node(node) => match view.value(*node) {
            Value::String(text) => text.encode_utf16().count() as f64,
            Value::Array(items) => items.len() as f64,
            Value::Object(members) => members.len() as f64,
            Value::Int(value) => value as f64,
            Value::Float(value) => value,
            _ => return Vec::new(),
        },
    };
    let mut problems = Vec::new();
    if let Some(min) = min.filter(|min| length < *min) {
        problems.push(Problem::property(format!("must be longer than {min}")));
    }
    if let Some(max) = max.filter(|max| length > *max) {
        problems.push(Problem::property(format!("must be shorter than {max}")));
    }
    problems
}

/// What a text must match, and what it must not.
pub struct Pattern {
    wanted: Option<Regexp>,
    unwanted: Option<Regexp>,
}

impl Pattern {
    pub fn check(&self, view: View<'_>, input: &Input) -> Vec<Problem> {
        let Some(text) = asked_text(view, input) else {
            return Vec::new();
        };
        let wanted = self.wanted.iter().filter(|wanted| !wanted.is_match(text));
        let wanted = wanted.map(|wanted| format!("must match the pattern \"{}\"", wanted.written));
        let unwanted = self
            .unwanted
            .iter()
            .filter(|unwanted| unwanted.is_match(text));
        let unwanted =
            unwanted.map(|unwanted| format!("must not match the pattern \"{}\"", unwanted.written));
        wanted.chain(unwanted).map(Problem::value).collect()
    }
}

fn asked_object(view: View<'_>, input: &Input) -> Option<NodeId> {
    match input {
        Input::Node(node) if view.is_object(*node) => Some(*node),
        _ => None,
    }
}

fn quoted(names: &[String], joined: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(joined)
}

pub(super) fn any_of(view: View<'_>, input: &Input, properties: &[String]) -> Vec<Problem> {
    let Some(object) = asked_object(view, input) else {
        return Vec::new();
    };
    unless(
        properties
            .iter()
            .any(|name| view.get(object, name).is_some()),
        || {
            Problem::new(format!(
                "At least one of {} must be defined",
                quoted(properties, " or ")
            ))
        },
    )
}

pub(super) fn one_of(view: View<'_>, input: &Input, properties: &[String]) -> Vec<Problem> {
    let Some(object) = asked_object(view, input) else {
        return Vec::new();
    };
    let there = properties
        .iter()
        .filter(|name| view.get(object, name).is_some());
    match there.count() {
        1 => Vec::new(),
        0 => vec![Problem::new(format!(
            "At least one of {} must be defined",
            quoted(properties, " or ")
        ))],
        _ => vec![Problem::new(format!(
            "Just one of {} must be defined",
            quoted(properties, " and ")
        ))],
    }
}

/// Whether a value is what JSON Schema calls `type`; a type nobody knows is none.
pub(crate) fn is_of_type(value: &Json, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

pub(super) fn typed_enum(view: View<'_>, input: &Input) -> Vec<Problem> {
    let Some(object) = asked_object(view, input) else {
        return Vec::new();
    };
    let (Some(values), Some(kind)) = (view.get(object, "enum"), view.get(object, "type")) else {
        return Vec::new();
    };
    let Some(types) = view.json(kind).map(|types| match types {
        Json::Array(types) => types,
        one => vec![one],
    }) else {
        return Vec::new();
    };
    let nullable = ["nullable", "x-nullable"].iter().any(|name| {
        view.get(object, name)
            .is_some_and(|node| matches!(view.value(node), Value::Bool(true)))
    });
    let fits = |value: &Json| {
        nullable && value.is_null()
            || types
                .iter()
                .any(|one| one.as_str().is_some_and(|one| is_of_type(value, one)))
    };
    let named: Vec<String> = types.iter().map(shown).collect();
    view.items(values)
        .enumerate()
        .filter_map(|(index, item)| view.json(item).map(|value| (index, value)))
        .filter(|(_, value)| !fits(value))
        .map(|(index, value)| {
            let message = format!(
                "Enum value {} must be {}.",
                shown(&value),
                named.join(" or ")
            );
            Problem::new(message).at(["enum".to_owned(), index.to_string()])
        })
        .collect()
}

pub(super) fn unreferenced(view: View<'_>, input: &Input, place: &str) -> Vec<Problem> {
    let Some(object) = asked_object(view, input) else {
        return Vec::new();
    };
    view.unkept();
    let place = place.trim_end_matches('/');
    let orphan = |name: &&str| {
        let pointer = format!("{place}/{}", document::pointer::escaped(name));
        !view.subject.is_referred_to(FileId(0), &pointer)
    };
    view.entries(object)
        .map(|(name, _)| name)
        .filter(orphan)
        .map(|name| {
            Problem::new("Potential orphaned reusable object has been detected.").at([name])
        })
        .collect()
}
