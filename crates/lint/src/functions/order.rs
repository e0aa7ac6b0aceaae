//! `alphabetical`: the order people expect, which is that of `localeCompare` (UTS 10) for Latin text.

use std::cmp::Ordering;

use document::{NodeId, Value};
use serde_json::Value as Json;

use super::{Input, Problem};
use crate::subject::View;

/// Characters before digits and letters, in the order of the Unicode Collation Algorithm's root.
const BEFORE: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

pub(super) fn alphabetical(view: View<'_>, input: &Input, keyed_by: Option<&str>) -> Vec<Problem> {
    let Input::Node(node) = input else {
        return Vec::new();
    };
    match (view.value(*node), keyed_by) {
        (Value::Object(_), None) => {
            let names: Vec<&str> = view.entries(*node).map(|(name, _)| name).collect();
            let values: Vec<Json> = names
                .iter()
                .map(|name| Json::String((*name).to_owned()))
                .collect();
            unsorted(&values)
                .map(|at| misplaced(&values, at).at([names[at]]))
                .into_iter()
                .collect()
        }
        (Value::Object([]), Some(_)) => Vec::new(),
        (Value::Array(items), None) => {
            let values: Vec<Json> = items.iter().filter_map(|item| view.json(*item)).collect();
            if values
                .iter()
                .any(|value| !value.is_string() && !value.is_number())
            {
                return vec![Problem::property(
                    "must be one of the allowed types: number, string",
                )];
            }
            unsorted(&values)
                .map(|at| misplaced(&values, at).at([at]))
                .into_iter()
                .collect()
        }
        (Value::Array(_), Some(key)) => keyed(view, *node, key),
        (Value::Object(_), Some(_)) => vec![Problem::property("must be an object")],
        _ => Vec::new(),
    }
}

fn keyed(view: View<'_>, list: NodeId, key: &str) -> Vec<Problem> {
    let items: Vec<NodeId> = view.items(list).collect();
    if items.iter().any(|item| !view.is_object(*item)) {
        return vec![Problem::property("must be an object")];
    }
    let value = |item: &NodeId| {
        view.get(*item, key)
            .and_then(|found| view.json(found))
            .unwrap_or(Json::Null)
    };
    let values: Vec<Json> = items.iter().map(value).collect();
    let told =
        unsorted(&values).map(|_| Problem::new("properties must follow the alphabetical order"));
    told.into_iter().collect()
}

/// The first that stands before what should come before it.
fn unsorted(values: &[Json]) -> Option<usize> {
    (1..values.len())
        .find(|at| compare(&values[at - 1], &values[*at]).is_gt())
        .map(|at| at - 1)
}

fn misplaced(values: &[Json], at: usize) -> Problem {
    let (first, second) = (super::shown(&values[at]), super::shown(&values[at + 1]));
    Problem::new(format!("{first} must be placed after {second}"))
}

fn compare(left: &Json, right: &Json) -> Ordering {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return left.partial_cmp(&right).unwrap_or(Ordering::Equal);
    }
    match (left, right) {
        (Json::String(left), Json::String(right)) => collate(left, right),
        _ => Ordering::Equal,
    }
}

fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Letters before case: `a`, `A`, `b`.
fn collate(left: &str, right: &str) -> Ordering {
    let primary = |text: &str| -> Vec<(u8, u32)> { text.chars().map(weight).collect() };
    // Lower case comes first.
    let tertiary = |text: &str| -> Vec<bool> { text.chars().map(char::is_uppercase).collect() };
    primary(left)
        .cmp(&primary(right))
        .then_with(|| tertiary(left).cmp(&tertiary(right)))
}

fn weight(character: char) -> (u8, u32) {
    if character.is_whitespace() {
        return (0, character as u32);
    }
    if let Some(rank) = BEFORE.chars().position(|before| before == character) {
        return (1, rank as u32);
    }
    if character.is_numeric() {
        return (2, character as u32);
    }
    (
        3,
        character.to_lowercase().next().unwrap_or(character) as u32,
    )
}
