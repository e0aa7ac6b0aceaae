//! Audience labels: `x-audience` on parts, `x-enum-audience` beside an enum.

use std::collections::HashSet;

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::grammar::{Part, Slot};
use crate::contract::graph::{Vertex, VertexId};

/// What a label is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    Info,
    Tag,
    PathItem,
    Operation,
    Parameter,
    Header,
    Schema,
    Property,
    EnumValue,
    Response,
    RequestBody,
    MediaType,
    /// All responses of an operation.
    Responses,
    Encoding,
    Example,
    SecurityScheme,
    /// A place where an audience has no meaning, such as a callback's operation.
    Other,
}

/// One label as written.
#[derive(Clone, Debug)]
pub struct Label {
    pub kind: LabelKind,
    /// What it is on: a parameter's or tag's name, an enum value, or the key of the part.
    pub name: String,
    /// The value, whatever it is.
    pub value: NodeId,
    /// Global offset of the value.
    pub at: u32,
    pub vertex: VertexId,
}

impl LabelKind {
    pub fn as_str(self) -> &'static str {
        match self {
            LabelKind::Info => "info",
            LabelKind::Tag => "tag",
            LabelKind::PathItem => "path_item",
            LabelKind::Operation => "operation",
            LabelKind::Parameter => "parameter",
            LabelKind::Header => "header",
            LabelKind::Schema => "schema",
            LabelKind::Property => "property",
            LabelKind::EnumValue => "enum_value",
            LabelKind::Response => "response",
            LabelKind::RequestBody => "request_body",
            LabelKind::MediaType => "media_type",
            LabelKind::Responses => "responses",
            LabelKind::Encoding => "encoding",
            LabelKind::Example => "example",
            LabelKind::SecurityScheme => "security_scheme",
            LabelKind::Other => "other",
        }
    }

    /// Whether it narrows a part of a message, as against granting or capping operations.
    pub fn is_of_a_part(self) -> bool {
        use LabelKind::*;
        matches!(
            self,
            Parameter
                | Header
                | Schema
                | Property
                | EnumValue
                | Response
                | RequestBody
                | MediaType
                | Responses
                | Encoding
                | Example
        )
    }

    fn of(vertex: &Vertex) -> LabelKind {
        match vertex.part {
            Part::Info => LabelKind::Info,
            Part::Tag => LabelKind::Tag,
            Part::PathItem => LabelKind::PathItem,
            Part::Operation => LabelKind::Operation,
            Part::Parameter => LabelKind::Parameter,
            Part::Header => LabelKind::Header,
            Part::Schema if vertex.property => LabelKind::Property,
            Part::Schema => LabelKind::Schema,
            Part::Response => LabelKind::Response,
            Part::RequestBody => LabelKind::RequestBody,
            Part::MediaType => LabelKind::MediaType,
            Part::Responses => LabelKind::Responses,
            Part::Encoding => LabelKind::Encoding,
            Part::Example => LabelKind::Example,
            Part::SecurityScheme => LabelKind::SecurityScheme,
            _ => LabelKind::Other,
        }
    }
}

/// The labels written on one part.
pub fn labels_of(arena: &Arena, vertex: VertexId, at: &Vertex) -> Vec<Label> {
    let label = |kind, name: &str, value| Label {
        kind,
        name: name.to_owned(),
        value,
        at: arena.node(value).at,
        vertex,
    };
    let mut labels = Vec::new();
    if let Some(value) = arena.get(at.node, "x-audience") {
        let name = match at.part {
            Part::Tag | Part::Parameter => arena
                .get(at.node, "name")
                .and_then(|name| written(arena, name)),
            _ => None,
        };
        let name = name.unwrap_or_else(|| arena.sources.text(at.key).to_owned());
        labels.push(label(LabelKind::of(at), &name, value));
    }
    for (holder, value) in labels_of_holders(arena, at) {
        labels.push(label(LabelKind::of(at), arena.key(holder), value));
    }
    if let Some(value) = arena.get(at.node, "x-enum-audience") {
        let entries = arena.members(value);
        labels.extend(
            entries
                .iter()
                .map(|entry| label(LabelKind::EnumValue, arena.key(entry), entry.value)),
        );
        if entries.is_empty() {
            // Whoever reads the value will say what is wrong with it.
            labels.push(label(LabelKind::EnumValue, "", value));
        }
    }
    labels
}

/// Labels among the members of a map of parts (`content`, `properties`), where each member is a part: they narrow
/// the part the map belongs to. An object there is a part of that name.
fn labels_of_holders<'a>(
    arena: &'a Arena,
    at: &'a Vertex,
) -> impl Iterator<Item = (&'a Member, NodeId)> {
    let is_map = |member: &&Member| matches!(at.part.slot(arena.key(member)), Some(Slot::Map(_)));
    arena
        .members(at.node)
        .iter()
        .filter(is_map)
        .filter_map(|holder| Some((holder, arena.get(holder.value, "x-audience")?)))
        .filter(|(_, value)| arena.string(*value).is_some())
}

/// Entries of `x-enum-audience` that name no value of the enum beside it.
pub fn labels_of_no_value(arena: &Arena, schema: NodeId) -> Vec<Member> {
    let labelled = arena
        .get(schema, "x-enum-audience")
        .map(|value| arena.members(value))
        .unwrap_or_default();
    if labelled.is_empty() {
        return Vec::new();
    }
    let values = arena
        .get(schema, "enum")
        .map(|values| arena.items(values))
        .unwrap_or_default();
    let known: HashSet<String> = values
        .iter()
        .filter_map(|value| written(arena, *value))
        .collect();
    labelled
        .iter()
        .filter(|entry| !known.contains(arena.key(entry)))
        .copied()
        .collect()
}

/// A scalar as text: an enum's value as a key can name it, a tag that is a number.
pub fn written(arena: &Arena, value: NodeId) -> Option<String> {
    match arena.value(value) {
        Value::Null => Some("null".to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(int) => Some(int.to_string()),
        Value::Float(float) => Some(float.to_string()),
        Value::Long(text) | Value::String(text) => Some(text.to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
