//! Which business record a call writes.

use serde::{Deserialize, Serialize};

/// The record's type, and where in the call its id stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(rename = "in")]
    pub place: RecordPlace,
    /// Of a parameter; of a body a JSON Pointer (RFC 6901).
    pub name: String,
    /// A keyed hash stands for the id wherever it is kept.
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordPlace {
    Path,
    Query,
    /// The JSON body of the request.
    Request,
    /// The JSON body of the response, as the service sends it.
    Response,
}
