//! Who may call on the internal ring.

use serde::{Deserialize, Serialize};

/// Services that may call: each of these, and those of these groups of the ring's agreements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callers {
    /// By the name their certificates and tokens have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}
