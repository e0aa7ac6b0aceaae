//! A bundle: one API version as one ring may reach it. Canonical JSON (RFC 8785), named by the SHA-256 of its
//! bytes, immutable. A ring's bundle names nothing that ring must not know; paths that hold hidden operations
//! are there as bare templates, because a hidden operation that matches better must win (law 2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audience::Ring;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bundle {
    pub format: u32,
    #[serde(default)]
    pub requires: Vec<String>,
    pub ring: Ring,
    pub api: String,
    pub version: String,
    pub upstream: Upstream,
    pub paths: Vec<PathItem>,
}

/// Where requests go. Requests are sent to `path` + the document's path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// `""` or `/base`; no trailing slash.
    #[serde(default)]
    pub path: String,
    pub connect_timeout_ms: u64,
    /// Longest silence while reading or writing.
    pub io_timeout_ms: u64,
}

impl Upstream {
    /// Host and port as RFC 9110 §7.2 wants them: no port where it is the scheme's own.
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PathItem {
    /// OpenAPI path template, `/orders/{orderId}`.
    pub template: String,
    /// An operation of this path is hidden from this ring.
    #[serde(default)]
    pub hidden: bool,
    /// HEAD is an operation of its own here, and hidden: it is not GET without its body (RFC 9110 §9.3.2).
    #[serde(default)]
    pub head_hidden: bool,
    /// Method (upper case, RFC 9110) → operation; only what this ring may see.
    #[serde(default)]
    pub operations: BTreeMap<String, Operation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// `operationId`, or `GET /orders/{orderId}` where the document gives none.
    pub id: String,
    pub max_body_bytes: u64,
    /// Partners need this feature in their agreement; without it the operation does not exist for them.
    #[serde(default)]
    pub feature: Option<String>,
    /// Response headers the contract declares, lower case: they pass on outer rings.
    #[serde(default)]
    pub response_headers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(tls: bool, host: &str, port: u16) -> Upstream {
        Upstream {
            tls,
            host: host.to_owned(),
            port,
            path: String::new(),
            connect_timeout_ms: 1,
            io_timeout_ms: 1,
        }
    }

    #[test]
    fn the_upstream_is_called_by_its_own_name() {
        assert_eq!(upstream(false, "orders", 80).authority(), "orders");
        assert_eq!(upstream(true, "orders", 443).authority(), "orders");
        assert_eq!(upstream(true, "orders", 80).authority(), "orders:80");
        assert_eq!(upstream(false, "::1", 8080).authority(), "[::1]:8080");
    }
}
