//! What requests of one API version are held to on one ring. An object of its own, named by the bundle: canonical
//! JSON (RFC 8785), by its SHA-256.
//!
//! A body has to fit two things: a JSON Schema (2020-12), as the ring's document writes it, and a node of the kind that
//! responses are filtered by, which says which fields may be there at all. JSON Schema alone cannot: its world is open,
//! and a field that is hidden from the ring would pass as one more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{FilterNode, NodeIndex};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    pub format: u32,
    /// Which fields may be set, of all JSON values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<FilterNode>,
    /// Name → schema, which refers to others as `#/$defs/NAME`. Read when a request first needs it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<String, Box<RawValue>>,
    /// Operation id → what its requests are held to. An operation that is not here takes no request.
    pub operations: BTreeMap<String, RequestRule>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRule {
    /// All a request may carry beside its body; each name in one place once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterRule>,
    /// Names of query parameters declared for inner rings, and of fields that such or others have when they are written
    /// as parameters: while the contract is observed, what nobody declared passes, and these do not. Sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// Any name nobody declared may be of such a field: none passes, though the contract is observed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// It holds patterns that are not matched, and is there until then (seconds since the Unix epoch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Of an object `{path, query, header, cookie}`, each an object of the parameters that came; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Box<RawValue>>,
    /// Absent: the request has no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyRule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterRule {
    /// Of header fields in lower case.
    pub name: String,
    #[serde(rename = "in")]
    pub place: ParameterPlace,
    pub form: ValueForm,
    #[serde(default, skip_serializing_if = "Shape::is_text")]
    pub shape: Shape,
    /// Of a value that is JSON: which fields it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeIndex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterPlace {
    Path,
    Query,
    Header,
    Cookie,
}

impl ParameterPlace {
    pub const ALL: [ParameterPlace; 4] = [
        ParameterPlace::Path,
        ParameterPlace::Query,
        ParameterPlace::Header,
        ParameterPlace::Cookie,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            ParameterPlace::Path => "path",
            ParameterPlace::Query => "query",
            ParameterPlace::Header => "header",
            ParameterPlace::Cookie => "cookie",
        }
    }
}

/// How a value is written (OpenAPI 3.1 §4.8.12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueForm {
    /// `a,b`; of an object `k,v,k,v`. Of paths and header fields.
    Simple,
    /// The same, an object as `k=v,k=v`.
    SimpleExploded,
    /// `.a,b`
    Label,
    /// `.a.b`
    LabelExploded,
    /// `name=a,b`
    Form,
    /// `name=a&name=b`; of an object `k=v&k=v`, without its own name.
    FormExploded,
    /// `name=a%20b`
    SpaceDelimited,
    /// `name=a|b`
    PipeDelimited,
    /// `name[k]=v`
    DeepObject,
    /// One text that is JSON (`content` of a parameter).
    Json,
}

/// Which values a text can stand for; a text alone does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Empty: a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scalars: Vec<Scalar>,
    /// Of an array: what its items are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Scalar>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Members>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Members {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, Vec<Scalar>>,
    /// All other names; absent: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Vec<Scalar>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    String,
    Number,
    Integer,
    Boolean,
    Null,
}

impl Shape {
    /// A text and nothing else.
    pub fn is_text(&self) -> bool {
        *self == Shape::default()
    }

    /// The fields of an object, where it is one and nothing else.
    pub fn only_members(&self) -> Option<&Members> {
        let is_object = self.scalars.is_empty() && self.items.is_none();
        self.members.as_ref().filter(|_| is_object)
    }
}

impl Members {
    /// Whether a field may have this name.
    pub fn take(&self, name: &str) -> bool {
        self.named.contains_key(name) || self.others.is_some()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyRule {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Media type or range (`application/json`, `text/*`, `*/*`; lower case, without parameters) → what is in it.
    pub content: BTreeMap<String, BodyContent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum BodyContent {
    /// JSON of whatever media type.
    Json(Held),
    /// `application/x-www-form-urlencoded`
    Form(FormRule),
    /// `multipart/form-data` (RFC 7578)
    Multipart(FormRule),
    /// Nobody looks into it.
    Opaque,
}

impl BodyContent {
    /// What says which fields may be in it, where it is looked into.
    pub fn node(&self) -> Option<NodeIndex> {
        match self {
            BodyContent::Json(held) => Some(held.node),
            BodyContent::Form(form) | BodyContent::Multipart(form) => Some(form.held.node),
            BodyContent::Opaque => None,
        }
    }
}

/// What a value has to fit, both of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Name of a definition.
    pub schema: String,
    pub node: NodeIndex,
}

/// A form is judged as an object of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRule {
    pub held: Held,
    pub fields: BTreeMap<String, Field>,
    /// All other names; absent: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub form: ValueForm,
    #[serde(default, skip_serializing_if = "Shape::is_text")]
    pub shape: Shape,
    /// Of a part: bytes nobody looks into, which stand as an empty text where the schema is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opaque: bool,
    /// Media types or ranges a part may have; empty: any that fits how it is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
}
