//! In the manifest: `authentication.access_tokens` of a ring.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An outside issuer whose tokens a ring accepts, and whom they make a caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// What the estate calls it.
    pub name: String,
    /// `iss`, to the letter.
    pub issuer: String,
    /// `aud` must hold one of them.
    pub audiences: Vec<String>,
    /// RFC 7518 §3.1; asymmetric ones only.
    pub algorithms: Vec<String>,
    pub typ: TokenType,
    /// How far the clocks of issuer and gateway may be apart, seconds.
    pub leeway_seconds: u64,
    pub keys: KeySource,
    pub callers: Callers,
    /// The service behind the gateway gets the token.
    #[serde(default)]
    pub forward: bool,
    #[serde(default)]
    pub log_subject: SubjectLogging,
    /// The claim that names a token's scopes.
    #[serde(default = "usual_scope_claim")]
    pub scope_claim: String,
}

/// RFC 8693 §4.2.
fn usual_scope_claim() -> String {
    "scope".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenType {
    /// RFC 9068 §4.
    #[serde(rename = "at+jwt")]
    AtJwt,
    /// That, `JWT`, or none.
    #[serde(rename = "jwt")]
    Jwt,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum KeySource {
    /// RFC 7517 key set, as JSON.
    Estate { jwks: serde_json::Value },
    /// Beside the revision (`issuers/keys.json` of the node), fetched by the control plane.
    Fetched {
        jwks_uri: String,
        /// Who may vouch for the address; absent: the system's CAs.
        #[serde(default)]
        ca_pem: Option<String>,
        refresh_seconds: u64,
    },
}

/// A value nobody mapped is nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Callers {
    /// Partner ring: the value of a claim → name of the partner.
    Partners {
        claim: String,
        partners: BTreeMap<String, String>,
    },
    /// Internal ring: the value of a claim → name of the service.
    Services {
        claim: String,
        services: BTreeMap<String, String>,
    },
    /// Internal ring: each a caller of its own, who may call what its functional groups may.
    People {},
    /// Public ring: each a caller of its own, counted under a plan.
    Developers { per: Per, plan: String },
    /// Partner and public ring: `client_id` is a client of our own authorization server, on record in the node's
    /// identity data as an API key is, and whatever holds for a key of its application holds for its tokens.
    Clients,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// `sub`
    Subject,
    /// `client_id` (RFC 9068 §2.2), or `azp`.
    Client,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectLogging {
    /// The same for every call of one subject, and no name.
    #[default]
    Hashed,
    Full,
}
