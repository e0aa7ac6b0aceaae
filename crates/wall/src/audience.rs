//! The three audiences, innermost first. A request belongs to the ring whose socket accepted it.

use serde::{Deserialize, Serialize};

/// A run-time boundary serving one audience. Ordered by how far out it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ring {
    Internal,
    Partner,
    Public,
}

impl Ring {
    pub const ALL: [Ring; 3] = [Ring::Internal, Ring::Partner, Ring::Public];

    /// Partner and public: nothing is trusted, nothing is explained.
    pub fn is_outer(self) -> bool {
        self != Ring::Internal
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Ring::Internal => "internal",
            Ring::Partner => "partner",
            Ring::Public => "public",
        }
    }
}
