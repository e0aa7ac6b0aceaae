//! The signed manifest of one revision: what each ring listens on, whom it trusts, which bundles it serves.
//!
//! On disk a manifest is a compact JWS (RFC 7515, `alg: EdDSA`, `typ: ringwork-manifest`) whose payload is
//! canonical JSON (RFC 8785). It names bundles and agreements by the SHA-256 of their bytes and holds no secret.
//!
//! Compatibility: unknown members are ignored, so a gateway one release older still loads; a member that must
//! not be ignored is named in `requires`, and a gateway that does not know the name refuses the revision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audience::Ring;
use crate::bounds::Bounds;
use crate::identity::Issuer;
use crate::trust::TrustedProxies;

/// The format this build reads and writes.
pub const FORMAT: u32 = 1;
/// Features of the format this build understands; see [`Manifest::requires`].
pub const FEATURES: &[&str] = &[
    "bindings",
    "callers",
    "projection",
    "record",
    "scopes",
    "shared_limits",
    "trusted_proxies",
    "validation",
];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    #[serde(default)]
    pub requires: Vec<String>,
    /// Never falls on a node; rollback is a new revision with old bundles.
    pub revision: u64,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// Version of the control plane that wrote it.
    pub control_version: String,
    pub organization: String,
    /// A credential names its environment (`rw_<env>_…`) and works in no other.
    pub environment: String,
    /// SPIFFE trust domain.
    pub trust_domain: String,
    pub rings: BTreeMap<Ring, RingManifest>,
    /// What operators may ask a gateway about itself.
    #[serde(default)]
    pub observability: Observability,
    #[serde(default)]
    pub cache: CacheRoom,
    /// Absent: limits are each gateway's own.
    #[serde(default)]
    pub shared_limits: Option<SharedLimits>,
}

/// A server of the Redis protocol on which several gateways keep limits together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedLimits {
    pub host: String,
    pub port: u16,
    pub tls: bool,
    /// Number of the database.
    pub database: u32,
    /// How many gateways share: what each goes on with while they cannot.
    pub gateways: u16,
    #[serde(default)]
    pub username: Option<String>,
    /// By reference, as is `ca`.
    #[serde(default)]
    pub password: Option<String>,
    /// PEM with the CAs that may vouch for the server; absent: the system's.
    #[serde(default)]
    pub ca: Option<String>,
    /// References whose values come to the node beside the revision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

/// Memory for responses that are kept, all rings together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRoom {
    pub max_bytes: u64,
}

impl RingManifest {
    /// Whether clients are asked for a certificate, whatever it is good for.
    pub fn asks_clients(&self) -> bool {
        self.authentication.mtls.is_some()
            || self.client_certificates == ClientCertificates::Requested
    }
}

impl Default for CacheRoom {
    fn default() -> CacheRoom {
        CacheRoom {
            max_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Off is what is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observability {
    #[serde(default)]
    pub metrics: Option<Metrics>,
    #[serde(default)]
    pub traces: Option<Traces>,
}

/// Prometheus metrics, for operators of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// A loopback address no ring listens on.
    pub listen: String,
    /// Series there are at most, whatever the revision names and whoever calls.
    pub max_series: usize,
}

/// The gateway stands in its calls' traces. Where spans are sent is for whoever follows the access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// Of a million traces that begin here.
    pub sample_per_million: u32,
}

/// Whether a ring's callers are believed what trace they belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceTrust {
    /// Their traces go on.
    Accept,
    /// A trace begins here, whatever they say.
    #[default]
    Restart,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RingManifest {
    /// Socket addresses, `127.0.0.1:8443`. Fixed for the life of a gateway process.
    pub listeners: Vec<String>,
    /// Lower-case host names this ring answers to, without port. Any other `Host`, `:authority`, SNI is not found.
    pub hosts: Vec<String>,
    pub tls: TlsFiles,
    pub authentication: Authentication,
    #[serde(default)]
    pub client_certificates: ClientCertificates,
    /// Partner and internal: whoever is nobody learns nothing. Public: match first, so that preflights work.
    pub authenticate_first: bool,
    pub errors: ErrorDetail,
    /// Base URL of what the ring's callers can read, for the `type` of problem documents; absent: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    pub response_headers: ResponseHeaders,
    /// Client networks (CIDR) that may speak to this ring at all; empty: any.
    #[serde(default)]
    pub networks: Vec<String>,
    /// What the ring takes of hostile clients.
    #[serde(default)]
    pub bounds: Bounds,
    /// Whose word about the client is taken; absent: nobody's.
    #[serde(default)]
    pub trusted_proxies: Option<TrustedProxies>,
    pub log_client_address: AddressLogging,
    #[serde(default)]
    pub trace_context: TraceTrust,
    /// Limit of a caller whose credential names no plan or partner (internal: per calling service).
    #[serde(default)]
    pub default_limit: Option<Limit>,
    /// SHA-256 (hex) of the ring's agreements object.
    pub agreements: String,
    pub routes: Vec<Route>,
    /// References the ring's bundles hold; their values come to the node beside the revision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
}

/// Files on the node, relative to the node directory or absolute; reloaded when they change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TlsFiles {
    pub certificate_file: String,
    pub key_file: String,
}

/// Whether clients are asked for a certificate in the handshake. Nobody is known by it: it is what a token may be bound
/// to (RFC 8705 §3). A ring with `authentication.mtls` asks anyhow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificates {
    #[default]
    Ignored,
    Requested,
}

/// Which proofs of identity this ring accepts. Absent means refused.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Authentication {
    #[serde(default)]
    pub mtls: Option<MutualTls>,
    #[serde(default)]
    pub service_token: Option<ServiceToken>,
    #[serde(default)]
    pub api_key: bool,
    /// Tokens of outside issuers, in `Authorization: Bearer`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_tokens: Vec<Issuer>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MutualTls {
    /// PEM certificates of the CAs that may issue X.509-SVIDs.
    pub trust_bundle_pem: String,
}

/// The internal JWT in `x-internal-service-token` (RFC 7519; ES256 or EdDSA only).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServiceToken {
    pub issuer: String,
    pub audience: String,
    /// RFC 7517 key set, as JSON.
    pub jwks: serde_json::Value,
    /// Longest accepted `exp - iat`, seconds.
    pub max_lifetime_seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorDetail {
    /// Internal: says what went wrong.
    Detailed,
    /// Outer rings: says only what the caller may know.
    Sanitised,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum ResponseHeaders {
    /// Everything passes but hop-by-hop headers and these (internal).
    AllBut { names: Vec<String> },
    /// Only these and the ones an operation declares pass (outer rings).
    Only { names: Vec<String> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressLogging {
    Full,
    /// IPv4 /24, IPv6 /48.
    Truncated,
    None,
}

/// GCRA per minute and a UTC-day window. In any span of t seconds at most
/// `burst + floor(t × per_minute / 60)` requests pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub per_minute: u32,
    /// Requests that may come at once; at least 1.
    pub burst: u32,
    #[serde(default)]
    pub per_day: Option<u64>,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} per minute, burst {}", self.per_minute, self.burst)?;
        self.per_day
            .map_or(Ok(()), |per_day| write!(f, ", {per_day} per day"))
    }
}

/// One API as one ring reaches it. Routes are tried by host, then longest prefix.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Route {
    /// Hosts of the ring on which this prefix is served; empty: all hosts of the ring.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// `""` or `/shop`; no trailing slash, normalised as request targets are.
    pub prefix: String,
    /// Absent: the prefix belongs to an API this ring must not know. It is there so that the
    /// prefix of a visible API that encloses it cannot carry its requests.
    #[serde(default)]
    pub api: Option<RoutedApi>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoutedApi {
    pub name: String,
    pub versioning: Versioning,
    /// Version served when the request names none. Required by `header` with several versions.
    #[serde(default)]
    pub default_version: Option<String>,
    /// Name → SHA-256 (hex) of the bundle.
    pub versions: BTreeMap<String, String>,
    /// SHA-256 (hex) of every object those bundles name: who distributes a revision need not read bundles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// Partners need this feature in their agreement to see the API at all.
    #[serde(default)]
    pub feature: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Versioning {
    /// `/prefix/<version>/…`
    Path,
    /// `API-Version: <version>`
    Header,
    /// One version, nothing to choose.
    None,
}

/// What consumers agreed to, per ring; one content-addressed JSON object. A public node holds no partner.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Agreements {
    pub format: u32,
    #[serde(default)]
    pub plans: BTreeMap<String, Plan>,
    #[serde(default)]
    pub partners: BTreeMap<String, Partner>,
    /// Functional groups, on the internal ring.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Group>,
}

/// A functional group, as far as calls go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// By the name their certificates and tokens have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// Claim of a person's token → values, one of which makes a member. `a.b` is the member `b` of `a`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, Vec<String>>,
    /// People may be in it for some time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub granted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub limit: Limit,
    /// Scopes the plan gives; absent: every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Partner {
    /// One limit across all keys and applications of the partner.
    pub limit: Limit,
    #[serde(default)]
    pub features: Vec<String>,
    /// API → versions the partner may use; an API that is not here does not exist for the partner.
    /// Absent: every API of the ring.
    #[serde(default)]
    pub versions: Option<BTreeMap<String, Vec<String>>>,
    /// API → version → when it ends for the partner, seconds since the Unix epoch: agreed upon, instead of the date of
    /// the ring.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sunsets: BTreeMap<String, BTreeMap<String, u64>>,
    /// Client networks (CIDR); empty: any.
    #[serde(default)]
    pub networks: Vec<String>,
    /// Scopes of the agreement; absent: every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}
