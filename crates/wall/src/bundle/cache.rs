//! Responses that are kept (RFC 9111).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// How long a response is fresh of which the service says nothing; absent: such a response is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// What one caller was given may be given to others.
    #[serde(default)]
    pub shared: bool,
    /// Request fields by which responses differ, beside those they name themselves (`Vary`); lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vary: Vec<String>,
    /// How long after it went stale a response stands in for a service that fails.
    #[serde(default)]
    pub stale_if_error_ms: u64,
    /// Larger bodies are not kept.
    pub max_object_bytes: u64,
}
