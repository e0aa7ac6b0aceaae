//! Scalars as texts, as filters and labels name them, and names of media types.

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

/// A media type or range as a contract writes it, without parameters, in lower case.
pub fn media_range(written: &str) -> String {
    let range = written.split(';').next().unwrap_or_default();
    range.trim().to_ascii_lowercase()
}
