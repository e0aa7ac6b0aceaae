//! What arrives at the wall and what becomes of it.

mod caller;

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};

use crate::audience::Ring;
use crate::bundle::{Compression, Cors, Upstream, WebSocket};
use crate::headers::ResponsePolicy;
use crate::judge::Known;
use crate::limits::{Allowance, Subject};
use crate::manifest::Limit;
use crate::matching::VisibleOperation;
use crate::recording::RecordId;
use crate::validation::{RequestPolicy, Unfit};

pub use caller::{Caller, Holder, Proof};

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

/// Read access to the request's header fields.
pub trait Headers {
    fn field(&self, name: &HeaderName) -> Field<'_>;

    /// Every value of a field that may come several times.
    fn each(&self, name: &HeaderName, take: &mut dyn FnMut(&[u8]));
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
    fn field(&self, name: &HeaderName) -> Field<'_> {
        let mut values = self
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name.as_str()));
        match (values.next(), values.next()) {
            (None, _) => Field::Absent,
            (Some((_, value)), None) => Field::Once(value),
            (Some(_), Some(_)) => Field::Repeated,
        }
    }

    fn each(&self, name: &HeaderName, take: &mut dyn FnMut(&[u8])) {
        let values = self
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name.as_str()));
        values.for_each(|(_, value)| take(value));
    }
}

impl Headers for Vec<(String, Vec<u8>)> {
    fn field(&self, name: &HeaderName) -> Field<'_> {
        self.as_slice().field(name)
    }

    fn each(&self, name: &HeaderName, take: &mut dyn FnMut(&[u8])) {
        self.as_slice().each(name, take);
    }
}

/// What becomes of a request.
pub enum Fate {
    Forward(Box<Forward>),
    Answer(Box<Answer>),
    /// Several gateways share the caller's limit, and none of it is leased here. [`crate::Wall::judge_settled`] goes
    /// on. Never where limits are this process's own.
    Ask(Box<Question>),
}

/// What of the caller's limit is left, to be asked where gateways share it.
pub struct Question {
    pub(crate) known: Known,
    pub(crate) limit: Limit,
}

impl Question {
    pub fn subject(&self) -> Subject<'_> {
        self.known.subject()
    }

    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// With what was answered; `None`: nothing in time.
    pub fn settled(self, allowance: Option<Allowance>) -> Settled {
        Settled {
            known: Some(self.known),
            allowance,
        }
    }
}

/// A caller that was recognised, and what its limit came to.
pub struct Settled {
    /// Until the judgement takes it.
    pub(crate) known: Option<Known>,
    pub(crate) allowance: Option<Allowance>,
}

/// The request goes to the upstream, changed as said here and in no other way.
pub struct Forward {
    pub ring: Ring,
    pub caller: Arc<Caller>,
    pub upstream: Arc<Upstream>,
    /// What the upstream's `Host` says.
    pub authority: HeaderValue,
    /// As it was called: normalised, without query.
    pub path: String,
    /// Origin-form target for the upstream: normalised path, query as sent.
    pub upstream_target: String,
    pub max_body_bytes: u64,
    /// An `Authorization: Bearer` that is no key of ours goes on to the service.
    pub bearer_passes: bool,
    /// What the request is held to, beside what was judged already; absent: nothing.
    pub request: Option<RequestPolicy>,
    /// The id of the record it writes, as far as its target says it; absent: it is on no record.
    pub record: Option<RecordId>,
    /// For the response.
    pub quota: QuotaFields,
    /// What of the upstream's response header may leave.
    pub response: ResponsePolicy,
    /// What the response says of the end of what was called, if one was decided.
    pub notices: Vec<(HeaderName, HeaderValue)>,
    /// For the log: `deprecated`.
    pub version_state: Option<&'static str>,
}

impl Forward {
    /// What bounds a tunnel, where the operation may become one: nobody reads what passes through it.
    pub fn websocket(&self) -> Option<&WebSocket> {
        let allowed = self.response.operation.websocket.as_ref();
        allowed.filter(|_| self.may_be_opaque())
    }

    /// The service gets the caller's token, whatever its contract says of header fields: the issuer's are declared to
    /// pass.
    pub fn hands_on_token(&self) -> bool {
        self.caller.holder().is_some_and(|holder| holder.forward)
    }

    /// What pages of other origins may do, where anything is said of them.
    pub fn cors(&self) -> Option<&Cors> {
        self.response.served.bundle.cors.as_ref()
    }

    /// How the response is compressed, if it is to be.
    pub fn compression(&self) -> Option<&Compression> {
        self.response.served.bundle.compression.as_ref()
    }

    pub fn operation(&self) -> &Arc<VisibleOperation> {
        &self.response.operation
    }

    pub fn matched(&self) -> Matched<&Arc<str>> {
        let ResponsePolicy {
            served, operation, ..
        } = &self.response;
        Matched {
            api: &served.bundle.api,
            version: &served.bundle.version,
            operation: &operation.id,
            template: &operation.template,
        }
    }
}

/// How a caller's limit stands, as header fields (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone, Debug)]
pub struct QuotaFields {
    /// `RateLimit-Policy`
    pub policy: HeaderValue,
    /// `RateLimit`
    pub left: HeaderValue,
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
    pub caller: Option<Arc<Caller>>,
    pub matched: Option<Matched>,
    /// For the log: what of the request does not fit its contract.
    pub unfit: Unfit,
    /// For the log: `deprecated`, `brownout`, `sunset`.
    pub version_state: Option<&'static str>,
}

/// Which operation was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched<Name = Arc<str>> {
    pub api: Name,
    pub version: Name,
    pub operation: Name,
    /// Path template, for the log and for metrics with bounded cardinality.
    pub template: Name,
}

impl Matched {
    pub fn by_ref(&self) -> Matched<&Arc<str>> {
        Matched {
            api: &self.api,
            version: &self.version,
            operation: &self.operation,
            template: &self.template,
        }
    }
}

impl Matched<&Arc<str>> {
    pub fn cloned(self) -> Matched {
        Matched {
            api: Arc::clone(self.api),
            version: Arc::clone(self.version),
            operation: Arc::clone(self.operation),
            template: Arc::clone(self.template),
        }
    }
}
