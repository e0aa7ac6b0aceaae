//! Audience labels: `x-audience` on parts, `x-enum-audience` beside an enum.

use std::collections::HashSet;

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::grammar::Part;
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
            LabelKind::SecurityScheme => "security_scheme",
            LabelKind::Other => "other",
        }
    }

    /// Whether it narrows a part of a message, as against granting or capping operations.
    pub fn is_of_a_part(self) -> bool {
        use LabelKind::*;
        matches!(
            self,
            Parameter | Header | Schema | Property | EnumValue | Response | RequestBody | MediaType
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
            Part::Tag | Part::Parameter => arena.get_string(at.node, "name"),
            _ => None,
        };
        let name = name.unwrap_or_else(|| arena.sources.text(at.key));
        labels.push(label(LabelKind::of(at), name, value));
    }
    if at.part != Part::Schema {
        return labels;
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

/// An enum's value as a key can name it.
fn written(arena: &Arena, value: NodeId) -> Option<String> {
    match arena.value(value) {
        Value::Null => Some("null".to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(int) => Some(int.to_string()),
        Value::Float(float) => Some(float.to_string()),
        Value::Long(text) | Value::String(text) => Some(text.to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
