//! What arrives at the wall and what becomes of it.

use std::net::IpAddr;
use std::sync::Arc;

use crate::audience::Ring;
use crate::bundle::Upstream;
use crate::headers::ResponsePolicy;

/// The peer's X.509-SVID as the TLS handshake showed it. Judged anew at every request, because a resumed
/// session skips the handshake's verifier: expiry, revocation and trust bundle may have changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// DER, leaf first, as presented.
    pub chain: Vec<Vec<u8>>,
}

/// A request as the accepting socket saw it. Byte strings are exactly what the client sent.
pub struct Arrival<'a> {
    /// The ring of the listener that accepted the connection; nothing in the request can change it.
    pub ring: Ring,
    pub method: &'a str,
    /// Request target as sent: origin-form, absolute-form, authority-form or `*` (RFC 9112 §3.2).
    pub target: &'a [u8],
    /// `Host` or `:authority`, if any.
    pub host: Option<&'a [u8]>,
    pub server_name: Option<&'a str>,
    pub headers: &'a dyn Headers,
    pub client_address: IpAddr,
    pub certificate: Option<&'a PeerCertificate>,
    /// Nanoseconds since the Unix epoch.
    pub now_unix_ns: u64,
    /// Correlation id given by the gateway.
    pub request_id: &'a str,
}

/// Read access to the request's header fields; names are lower case.
pub trait Headers {
    fn field(&self, name: &str) -> Field<'_>;
}

/// How often a field came. What the wall reads may come once only, so nobody can hide a second value
/// behind the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'h> {
    Absent,
    Once(&'h [u8]),
    Repeated,
}

/// Header fields as a plain list; for tests and `explain`.
impl Headers for [(String, Vec<u8>)] {
    fn field(&self, name: &str) -> Field<'_> {
        let mut values = self
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (None, _) => Field::Absent,
            (Some((_, value)), None) => Field::Once(value),
            (Some(_), Some(_)) => Field::Repeated,
        }
    }
}

impl Headers for Vec<(String, Vec<u8>)> {
    fn field(&self, name: &str) -> Field<'_> {
        self.as_slice().field(name)
    }
}

/// What becomes of a request.
pub enum Fate {
    Forward(Box<Forward>),
    Answer(Box<Answer>),
}

/// The request goes to the upstream, changed as said here and in no other way.
pub struct Forward {
    pub ring: Ring,
    pub caller: Caller,
    pub matched: Matched,
    pub upstream: Arc<Upstream>,
    /// What the upstream's `Host` says.
    pub authority: Arc<str>,
    /// Origin-form target for the upstream: normalised path, query as sent.
    pub upstream_target: String,
    pub max_body_bytes: u64,
    /// `RateLimit` and `RateLimit-Policy` for the response.
    pub quota_headers: Vec<(&'static str, String)>,
    /// What of the upstream's response header may leave.
    pub response: ResponsePolicy,
}

/// The gateway answers itself.
pub struct Answer {
    pub status: u16,
    /// Permanent error code, e.g. `not_found`; `None` for answers that are no errors (OPTIONS).
    pub code: Option<&'static str>,
    pub headers: Vec<(&'static str, String)>,
    /// Not sent in answer to HEAD.
    pub body: Vec<u8>,
    /// Close the connection afterwards.
    pub close: bool,
    /// For the log only: never shown on an outer ring.
    pub internal_reason: String,
    pub caller: Option<Caller>,
    pub matched: Option<Matched>,
}

/// Who calls, for limits, upstream headers and the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Partner, developer account or service name.
    pub consumer: Arc<str>,
    /// Application, or the SPIFFE id of a service.
    pub application: Arc<str>,
    /// Key id; `None` for certificates and tokens.
    pub key_id: Option<Arc<str>>,
    pub proof: Proof,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    ApiKey,
    MutualTls,
    ServiceToken,
    /// `x-forwarded-client-cert` of a declared mesh proxy.
    MeshProxy,
}

impl Proof {
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::ApiKey => "api_key",
            Proof::MutualTls => "mtls",
            Proof::ServiceToken => "service_token",
            Proof::MeshProxy => "mesh_proxy",
        }
    }
}

/// Which operation was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    pub api: Arc<str>,
    pub version: Arc<str>,
    pub operation: Arc<str>,
    /// Path template, for the log and for metrics with bounded cardinality.
    pub template: Arc<str>,
}
