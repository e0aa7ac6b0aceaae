//! What may leave of the responses of one API version on one ring. An object of its own, named by the bundle:
//! canonical JSON (RFC 8785), by its SHA-256.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FilterNode, NodeIndex};
use crate::filter::Mode;

/// An object beside a bundle, and what is done with what it does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enforced {
    /// SHA-256 (hex) of its bytes.
    pub object: String,
    pub mode: Enforcement,
    /// Seconds since the Unix epoch, of `observe`: from then on it is `enforce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforcement {
    /// What the contract does not show does not pass. The only mode outer rings have for long.
    Enforce,
    /// What the contract does not know passes and is told; what it hides does not.
    Observe,
    /// Everything passes, and what `enforce` would have refused is told. On the internal ring only.
    Report,
}

impl Enforcement {
    /// What it comes to at a time; `until`: the end of what is observed. Both in seconds since the Unix epoch.
    pub fn at(self, until: Option<u64>, now_s: u64) -> Mode {
        match self {
            Enforcement::Report => Mode::Report,
            Enforcement::Observe if until.is_some_and(|until| now_s < until) => Mode::Observe,
            Enforcement::Observe | Enforcement::Enforce => Mode::Enforce,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    pub format: u32,
    /// Of all JSON bodies.
    pub nodes: Vec<FilterNode>,
    /// Operation id → its responses. An operation that is not here has none: nothing of a body leaves.
    pub operations: BTreeMap<String, Responses>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responses {
    /// Bodies that no filter can read may leave as they are (`x-opaque`): of declared media types that are not
    /// JSON, of tunnels and of gRPC.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opaque: bool,
    /// `200`, `4XX` or `default`, as in OpenAPI's Responses Object. A status that none of them names is undeclared.
    pub statuses: BTreeMap<String, Response>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Header fields this ring sees of those the contract declares here, lower case, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Those it does not see: they do not leave, not even where the ring allows their names for all responses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden_headers: Vec<String>,
    /// Media type or range (`application/json`, `text/*`, `*/*`; lower case, without parameters) → what is read of
    /// it. Ranges of the same specificity do not overlap, so their order says nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<String, Content>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// The node that JSON of this media type follows: the body, or each text of NDJSON, JSON sequences and
    /// server-sent events. Of a range, what turns out to be no JSON is as `Opaque`.
    Json(NodeIndex),
    /// Not for a filter: passes where the operation is opaque, and else not at all.
    Opaque,
}
