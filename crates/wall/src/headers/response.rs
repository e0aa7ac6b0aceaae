//! Response fields. An allow-list on outer rings; everything but what is named on the internal one.

use std::sync::Arc;

use super::{is_hop_by_hop, location};
use crate::audience::Ring;
use crate::faults::{Check, skips};
use crate::manifest::ResponseHeaders;
use crate::matching::VisibleOperation;
use crate::snapshot::{HashSet, Served, Sight};

/// Never leave to an outer ring, whatever is allowed or declared: they tell what stands behind the gateway.
const REVEALING: &[&str] = &[
    // The upstream's knows hidden methods; the gateway answers OPTIONS itself.
    "allow",
    "alt-svc",
    "refresh",
    "server",
    "via",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "x-powered-by",
    "x-runtime",
    "x-served-by",
    "x-version",
];
const REVEALING_PREFIXES: &[&str] = &[
    "x-backend",
    "x-debug",
    "x-envoy-",
    "x-internal",
    "x-ringwork",
    "x-upstream",
];

/// Without these a body cannot be read.
const ESSENTIAL: &[&str] = &[
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "grpc-encoding",
    "transfer-encoding",
];

/// What gRPC says at the end of a call, or at its beginning when it ends there (gRPC over HTTP/2, "Responses").
/// The first is a status, and goes out as `:status` does; the others are words of the service's.
const GRPC_STATUS: &str = "grpc-status";
const GRPC_WORDS: &[&str] = &["grpc-message", "grpc-status-details-bin"];

/// Mean something before a body only: framing, routing, state, how the body is to be read (RFC 9110 §6.5.1).
const NO_TRAILERS: &[&str] = &[
    "authorization",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "host",
    "location",
    "set-cookie",
    "transfer-encoding",
    "www-authenticate",
];

/// What becomes of one response header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    Keep,
    Drop,
    Replace(Vec<u8>),
}

/// A ring's rules, the same for all its APIs.
#[derive(Debug)]
pub(crate) struct ResponseRules {
    pub ring: Ring,
    allowed: Option<HashSet<Box<str>>>,
    dropped: HashSet<Box<str>>,
    /// Hosts of all upstreams of the ring.
    pub upstream_hosts: HashSet<String>,
}

impl ResponseRules {
    pub fn new(
        ring: Ring,
        spec: &ResponseHeaders,
        upstream_hosts: HashSet<String>,
    ) -> ResponseRules {
        let set = |names: &[String]| {
            names
                .iter()
                .map(|name| name.to_ascii_lowercase().into())
                .collect()
        };
        let (allowed, dropped) = match spec {
            ResponseHeaders::AllBut { names } => (None, set(names)),
            ResponseHeaders::Only { names } => (Some(set(names)), HashSet::default()),
        };
        ResponseRules {
            ring,
            allowed,
            dropped,
            upstream_hosts,
        }
    }

    fn allows(&self, name: &str) -> bool {
        let listed = self
            .allowed
            .as_ref()
            .is_none_or(|allowed| allowed.contains(name));
        listed && !self.dropped.contains(name)
    }
}

/// What of the upstream's response header may leave to this caller.
pub struct ResponsePolicy {
    pub(crate) served: Arc<Served>,
    pub(crate) operation: Arc<VisibleOperation>,
    pub(crate) sight: Sight,
}

impl ResponsePolicy {
    /// Judges one field of a response with this status. `name` in lower case; `nominated` from the response's own
    /// `Connection` field; `target`: what the upstream was asked for.
    pub fn judge(
        &self,
        status: u16,
        name: &str,
        value: &[u8],
        nominated: &[String],
        target: &str,
    ) -> Passage {
        if name == GRPC_STATUS {
            return self.judge_trailer(status, name, value);
        }
        if is_hop_by_hop(name, nominated) || !self.allows(status, name) {
            return Passage::Drop;
        }
        match name {
            "location" | "content-location" => self.rewritten(value, target, location::rewrite_one),
            "link" => self.rewritten(value, target, location::rewrite_links),
            "set-cookie" if self.served.rules.ring.is_outer() => location::without_domain(value),
            _ => Passage::Keep,
        }
    }

    /// Judges one trailer field. To outer rings nothing goes but what gRPC needs, and of that the service's own
    /// words only where the ring or the contract lets a header field of that name pass.
    pub fn judge_trailer(&self, status: u16, name: &str, value: &[u8]) -> Passage {
        let rules = &self.served.rules;
        let passes = match name {
            GRPC_STATUS => is_grpc_status(value),
            _ if GRPC_WORDS.contains(&name) => self.allows(status, name),
            _ if rules.ring.is_outer() || NO_TRAILERS.contains(&name) => false,
            _ => !is_hop_by_hop(name, &[]) && self.allows(status, name),
        };
        match passes {
            true => Passage::Keep,
            false => Passage::Drop,
        }
    }

    fn allows(&self, status: u16, name: &str) -> bool {
        let rules = &self.served.rules;
        if ESSENTIAL.contains(&name) || skips(Check::ResponseHeaders) {
            return true;
        }
        if !rules.ring.is_outer() {
            return rules.allows(name);
        }
        let revealing = REVEALING.contains(&name)
            || REVEALING_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix));
        // A cookie is state the contract must own: listing it for the whole ring is not enough.
        let allowed = self.declares(status, name) || (name != "set-cookie" && rules.allows(name));
        let is_told = !revealing || skips(Check::RevealingHeader);
        let is_shown = !self.hides(status, name) || skips(Check::HiddenResponseHeader);
        is_told && allowed && is_shown
    }

    fn rewritten(
        &self,
        value: &[u8],
        target: &str,
        rewrite: fn(&location::View<'_>, &str) -> Option<String>,
    ) -> Passage {
        let view = location::View {
            served: &self.served,
            sight: &self.sight,
            target,
        };
        if skips(Check::Location) {
            return Passage::Keep;
        }
        let Ok(text) = std::str::from_utf8(value) else {
            return Passage::Drop;
        };
        match rewrite(&view, text) {
            Some(same) if same.as_bytes() == value => Passage::Keep,
            Some(other) => Passage::Replace(other.into_bytes()),
            None => Passage::Drop,
        }
    }
}

/// A number of at most two digits; nothing else is a status, nor can be said in its place.
fn is_grpc_status(value: &[u8]) -> bool {
    matches!(value.len(), 1..=2) && value.iter().all(u8::is_ascii_digit)
}
