//! When a version or an operation is deprecated, and when it ends.

use super::ParameterPlace;
use serde::{Deserialize, Serialize};

/// Days of the year 9999 are the last that an HTTP-date can say (RFC 9110 §5.6.7).
const LAST_SECOND: u64 = 253_402_300_799;
const MAX_BROWNOUTS: usize = 100;

/// Moments are seconds since the Unix epoch; what is absent was not decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// From when on nobody should begin to use it; may lie ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated_at: Option<u64>,
    /// From when on it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset_at: Option<u64>,
    /// The version to move to; of an operation the path of the one to move to, of the same version and method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// URL of what says how to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
    /// When it is away for a while, to be noticed before it is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brownouts: Vec<Brownout>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brownout {
    pub from: u64,
    pub until: u64,
}

/// A parameter that ends: told to whoever sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingParameter {
    #[serde(rename = "in")]
    pub place: ParameterPlace,
    /// Of header fields in lower case.
    pub name: String,
    pub lifecycle: Lifecycle,
}

impl Lifecycle {
    /// Whether it can be said in header fields.
    pub(crate) fn check(&self) -> Result<(), String> {
        let own = self.deprecated_at.iter().chain(&self.sunset_at);
        let windows = self
            .brownouts
            .iter()
            .flat_map(|window| [&window.from, &window.until]);
        if own.chain(windows).any(|moment| *moment > LAST_SECOND) {
            return Err("a moment of the lifecycle is after the year 9999".into());
        }
        if self.brownouts.len() > MAX_BROWNOUTS {
            return Err(format!("more than {MAX_BROWNOUTS} brownouts"));
        }
        let is_plain = |url: &String| {
            url.bytes()
                .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'))
        };
        match self.guide.as_ref().is_none_or(is_plain) {
            true => Ok(()),
            false => Err("the migration guide is no URL".into()),
        }
    }
}
