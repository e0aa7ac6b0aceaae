//! Values of a request that must be the caller's own.

use serde::{Deserialize, Serialize};

/// One value, and what it must be equal to one of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    #[serde(rename = "in")]
    pub place: BoundPlace,
    /// Of a parameter, of header fields in lower case; of a body a JSON Pointer (RFC 6901).
    pub name: String,
    pub any: Vec<Own>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BoundPlace {
    Path,
    Query,
    Header,
    /// JSON.
    Body,
}

/// What is known of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Own {
    /// JSON Pointer into the claims of its access token.
    Claim(String),
    Consumer,
    Application,
}
