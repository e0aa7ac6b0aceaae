//! The service behind an API: where requests go and what is done so that they arrive.
//!
//! Whatever came after the first release has a default that means "as before", and a gateway one release older
//! that does not know it fails closed: without its CA a TLS handshake fails, without its credential the service
//! refuses.

use std::net::SocketAddr;

use ring::digest;
use serde::{Deserialize, Serialize};

/// Requests are sent to `path` + the document's path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// `""` or `/base`; no trailing slash.
    #[serde(default)]
    pub path: String,
    pub connect_timeout_ms: u64,
    /// Longest silence while reading; while writing too, unless `write_timeout_ms` says otherwise.
    pub io_timeout_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_timeout_ms: Option<u64>,
    /// From the first attempt to the end of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_timeout_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Protocol::is_default")]
    pub protocol: Protocol,
    /// How the service is verified and met; absent: system roots, by the name `host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_options: Option<Tls>,
    /// `Host` as sent; absent: the upstream's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
    /// `Host` as the client sent it. Wins over `host_header`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preserve_host: bool,
    /// Connected to instead of `host` and `port`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Endpoint>,
    #[serde(default, skip_serializing_if = "Balance::is_default")]
    pub balance: Balance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outliers: Option<Outliers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Breaker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// What tells services apart whose requests share endpoints and limits; 0 where nothing is to be shared.
    /// Not written: see [`Upstream::identified`].
    #[serde(skip)]
    pub identity: u128,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    #[default]
    Http1,
    /// Over TLS by ALPN, and nothing else; without TLS with prior knowledge (RFC 9113 §3.3).
    Http2,
    /// Over TLS what ALPN finds; without TLS HTTP/1.1.
    Auto,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// PEM certificates instead of the system's roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    /// Asked for (SNI) and verified instead of `host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// PEM chain, leaf first, the gateway shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate_pem: Option<String>,
    /// Reference to the PEM key of that certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
}

/// One place the service runs at. A name stands for all its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    /// Share of requests, beside the others'.
    #[serde(default = "one")]
    pub weight: u16,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Balance {
    #[default]
    RoundRobin,
    /// The fewest requests under way, by weight.
    LeastRequests,
    /// Consistent hashing: a consumer stays with an endpoint.
    Consumer,
    /// Consistent hashing of a request field; without it by consumer.
    Header { name: String },
}

/// Asked of every endpoint, whether anyone calls or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `GET` on this path; absent: a TCP connection is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub interval_ms: u64,
    pub timeout_ms: u64,
    /// Successes in a row until an endpoint is taken again, failures until it is left out.
    pub healthy_after: u32,
    pub unhealthy_after: u32,
    /// Empty: any 2xx.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<u16>,
}

/// What requests themselves show: an endpoint that fails `errors` times in a row is left out for a while, twice
/// as long the next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outliers {
    pub errors: u32,
    pub eject_ms: u64,
    /// Of the endpoints, at most so many are left out.
    pub max_percent: u8,
}

/// More than this is answered with 503 at once, for the service's sake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Requests under way at once.
    pub max_requests: u32,
    /// Requests that wait for a place, each for `pending_timeout_ms` at most.
    pub max_pending: u32,
    pub pending_timeout_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    /// After the first.
    pub attempts: u8,
    /// Answers that are not passed on while another attempt is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<u16>,
    /// Retries in a hundred requests.
    pub budget_percent: u8,
}

/// Who the gateway is to the service. The value is not here: `secret` names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Lower case. The client's field of this name does not pass.
    pub header: String,
    #[serde(flatten)]
    pub form: CredentialForm,
    /// `secret://name`, `env://NAME`, `file:///path`, resolved by the control plane.
    pub secret: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum CredentialForm {
    /// The secret itself.
    Plain,
    /// RFC 6750.
    Bearer,
    /// RFC 7617; the secret is the password.
    Basic { user: String },
}

fn one() -> u16 {
    1
}

impl Protocol {
    fn is_default(&self) -> bool {
        *self == Protocol::Http1
    }
}

impl Balance {
    fn is_default(&self) -> bool {
        *self == Balance::RoundRobin
    }
}

impl Upstream {
    /// Host and port as RFC 9110 §7.2 wants them: no port where it is the scheme's own.
    pub fn authority(&self) -> String {
        if let Some(fixed) = &self.host_header {
            return fixed.clone();
        }
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// Nothing needs to be remembered between requests: one endpoint, system roots, no check, no limit, no retry.
    pub fn is_plain(&self) -> bool {
        self.endpoints.is_empty()
            && self.tls_options.is_none()
            && self.health.is_none()
            && self.outliers.is_none()
            && self.breaker.is_none()
            && self.retries.is_none()
    }

    /// With its `identity`: equal content, equal identity, whichever ring or version it came with.
    pub fn identified(mut self) -> Upstream {
        if !self.is_plain() {
            let written = serde_json::to_vec(&self).expect("text and numbers serialise");
            let hash = digest::digest(&digest::SHA256, &written);
            let first: [u8; 16] = hash.as_ref()[..16]
                .try_into()
                .expect("SHA-256 has 32 bytes");
            self.identity = u128::from_be_bytes(first) | 1;
        }
        self
    }

    /// Where to connect: `endpoints`, or `host` and `port` alone.
    pub fn places(&self) -> Vec<Endpoint> {
        if !self.endpoints.is_empty() {
            return self.endpoints.clone();
        }
        vec![Endpoint {
            host: self.host.clone(),
            port: self.port,
            weight: 1,
        }]
    }

    /// Whether the service knows itself by this name: an endpoint of it, or the `Host` it is sent.
    pub fn is_called(&self, host: &str, port: u16) -> bool {
        let sent = self.host_header.as_deref().is_some_and(|sent| {
            sent.eq_ignore_ascii_case(host) || sent.eq_ignore_ascii_case(&format!("{host}:{port}"))
        });
        let mut places = self.endpoints.iter();
        sent || places.any(|place| place.host.eq_ignore_ascii_case(host) && place.port == port)
    }

    /// The name the service's certificate must have.
    pub fn server_name(&self) -> &str {
        let stated = self.tls_options.as_ref();
        stated
            .and_then(|tls| tls.server_name.as_deref())
            .unwrap_or(&self.host)
    }

    /// What a gateway cannot carry out; `Err` says why.
    pub fn check(&self) -> Result<(), String> {
        let timeouts = [
            Some(self.connect_timeout_ms),
            Some(self.io_timeout_ms),
            self.write_timeout_ms,
            self.total_timeout_ms,
        ];
        if self.port == 0 || timeouts.contains(&Some(0)) {
            return Err("port and timeouts must be at least 1".into());
        }
        if self
            .endpoints
            .iter()
            .any(|place| place.port == 0 || place.weight == 0)
        {
            return Err("ports and weights of endpoints must be at least 1".into());
        }
        let waits = [
            self.health
                .as_ref()
                .map(|check| check.interval_ms.min(check.timeout_ms)),
            self.breaker
                .as_ref()
                .map(|breaker| u64::from(breaker.max_requests)),
        ];
        if waits.contains(&Some(0)) {
            return Err("health checks need an interval and a timeout, a breaker a request".into());
        }
        Ok(())
    }
}

impl Endpoint {
    /// The address, where the host is one.
    pub fn address(&self) -> Option<SocketAddr> {
        let address = self.host.parse().ok()?;
        Some(SocketAddr::new(address, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(tls: bool, host: &str, port: u16) -> Upstream {
        let written = serde_json::json!({
            "tls": tls, "host": host, "port": port, "connect_timeout_ms": 1, "io_timeout_ms": 1,
        });
        serde_json::from_value(written).unwrap()
    }

    #[test]
    fn the_upstream_is_called_by_its_own_name() {
        assert_eq!(upstream(false, "orders", 80).authority(), "orders");
        assert_eq!(upstream(true, "orders", 443).authority(), "orders");
        assert_eq!(upstream(true, "orders", 80).authority(), "orders:80");
        assert_eq!(upstream(false, "::1", 8080).authority(), "[::1]:8080");
    }

    #[test]
    fn what_the_first_release_wrote_is_plain_and_is_written_as_it_was() {
        let old = serde_json::json!({
            "tls": false, "host": "orders", "port": 80, "path": "", "connect_timeout_ms": 1, "io_timeout_ms": 1,
        });
        let read: Upstream = serde_json::from_value(old.clone()).unwrap();
        assert!(read.is_plain());
        assert_eq!(serde_json::to_value(read).unwrap(), old);
    }
}
