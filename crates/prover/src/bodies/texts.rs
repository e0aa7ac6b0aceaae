//! Scalars as texts, as filters and labels name them.

use document::{Arena, NodeId, Value};

/// Nothing for null and for containers.
pub fn text(arena: &Arena, value: NodeId) -> Option<String> {
    match arena.value(value) {
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Long(text) | Value::String(text) => Some(text.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
