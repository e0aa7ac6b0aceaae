//! A bundle: one API version as one ring may reach it. Canonical JSON (RFC 8785), named by the SHA-256 of its
//! bytes, immutable. A ring's bundle names nothing that ring must not know; paths that hold hidden operations
//! are there as bare templates, because a hidden operation that matches better must win (law 2).

mod authorization;
mod cache;
mod callers;
mod cors;
mod filter;
mod lifecycle;
mod projection;
mod record;
mod upstream;
mod validation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audience::Ring;
pub use authorization::{Binding, BoundPlace, Own};
pub use cache::Cache;
pub use callers::Callers;
pub use cors::{Cors, Fields};
pub use filter::{ArrayRule, FilterNode, Mask, NodeIndex, ObjectRule, ScalarRule, UnionRule};
pub use lifecycle::{Brownout, EndingParameter, Lifecycle};
pub use projection::{Content, Enforced, Enforcement, Projection, Response, Responses};
pub use record::{Record, RecordPlace};
pub use upstream::{
    Balance, Breaker, Credential, CredentialForm, Endpoint, HealthCheck, Outliers, Protocol,
    Retries, Tls, Upstream,
};
pub use validation::{
    BodyContent, BodyRule, Field, FormRule, Held, Members, ParameterPlace, ParameterRule,
    RequestRule, Scalar, Shape, Validation, ValueForm,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bundle {
    pub format: u32,
    #[serde(default)]
    pub requires: Vec<String>,
    pub ring: Ring,
    pub api: String,
    pub version: String,
    /// Services that may call; absent: any that may call the ring. Named in `requires`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callers: Option<Callers>,
    pub upstream: Upstream,
    /// Pages of other origins that may call; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// How responses are compressed; absent: not by the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// What leaves of responses, a [`Projection`]; absent: bodies pass as they are, on the internal ring only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<Enforced>,
    /// What requests are held to, a [`Validation`]; absent: nothing but the operation's own limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Enforced>,
    /// When it is deprecated, and when it ends; absent: nothing was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    pub paths: Vec<PathItem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compression {
    /// Preferred first.
    pub codings: Vec<Coding>,
}

/// Content codings (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    Gzip,
    Br,
    Zstd,
}

impl Coding {
    pub fn as_str(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Br => "br",
            Coding::Zstd => "zstd",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PathItem {
    /// OpenAPI path template, `/orders/{orderId}`.
    pub template: String,
    /// An operation of this path is hidden from this ring.
    #[serde(default)]
    pub hidden: bool,
    /// HEAD is an operation of its own here, and hidden: it is not GET without its body (RFC 9110 §9.3.2).
    #[serde(default)]
    pub head_hidden: bool,
    /// Method (upper case, RFC 9110) → operation; only what this ring may see.
    #[serde(default)]
    pub operations: BTreeMap<String, Operation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// `operationId`, or `GET /orders/{orderId}` where the document gives none.
    pub id: String,
    pub max_body_bytes: u64,
    /// Partners need this feature in their agreement; without it the operation does not exist for them.
    #[serde(default)]
    pub feature: Option<String>,
    /// All scopes of any one of these; none: whoever may call the ring. Named in `requires`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Vec<String>>,
    /// Values that must be the caller's own, all of them. Named in `requires`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
    /// Services that may call, those that are in each of these and the bundle's. Named in `requires`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callers: Vec<Callers>,
    /// Functional groups people may call by on the internal ring: one of each of these; none: no people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<String>>,
    /// Its calls are on record, whoever calls. Named in `requires`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// Response headers the contract declares, lower case: they pass on outer rings.
    #[serde(default)]
    pub response_headers: Vec<String>,
    /// The operation may become a tunnel (RFC 6455); absent: a request to upgrade is a plain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub websocket: Option<WebSocket>,
    /// How its responses are kept; absent: not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// When it is deprecated, and when it ends, apart from its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ending_parameters: Vec<EndingParameter>,
}

/// What bounds a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocket {
    /// Longest silence of either side.
    pub idle_ms: u64,
    /// From the request on.
    pub lifetime_ms: u64,
}
