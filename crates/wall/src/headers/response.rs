//! Response fields. An allow-list on outer rings; everything but what is named on the internal one.

use std::sync::Arc;

use super::{is_hop_by_hop, location};
use crate::audience::Ring;
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
    "transfer-encoding",
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
    /// Judges one field. `name` in lower case; `nominated` from the response's own `Connection` field.
    pub fn judge(&self, name: &str, value: &[u8], nominated: &[String]) -> Passage {
        if is_hop_by_hop(name, nominated) || !self.allows(name) {
            return Passage::Drop;
        }
        match name {
            "location" | "content-location" => self.rewritten(value, location::rewrite_one),
            "link" => self.rewritten(value, location::rewrite_links),
            "set-cookie" if self.served.rules.ring.is_outer() => location::without_domain(value),
            _ => Passage::Keep,
        }
    }

    fn allows(&self, name: &str) -> bool {
        let rules = &self.served.rules;
        let declared = self
            .operation
            .response_headers
            .binary_search_by(|known| (**known).cmp(name))
            .is_ok();
        if ESSENTIAL.contains(&name) {
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
        !revealing && (declared || (name != "set-cookie" && rules.allows(name)))
    }

    fn rewritten(
        &self,
        value: &[u8],
        rewrite: fn(&location::View<'_>, &str) -> Option<String>,
    ) -> Passage {
        let view = location::View {
            served: &self.served,
            sight: &self.sight,
        };
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
