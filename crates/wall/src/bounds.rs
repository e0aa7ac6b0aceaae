//! What one ring takes of clients that may be hostile; written by the operator, with defaults for everything.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds of a ring's listeners. A member a manifest leaves out has its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounds {
    /// Connections at once, handshakes under way included; further ones are closed. About 40 KiB each.
    pub connections: u32,
    /// The same for one client: an IPv4 address or an IPv6 /64.
    pub connections_per_address: u32,
    /// From the accepted connection to the end of the TLS handshake, a PROXY header included.
    pub handshake_ms: u64,
    /// From the first byte of a request's head to its last.
    pub request_head_ms: u64,
    /// Between two requests of a connection, and before the first.
    pub idle_ms: u64,
    /// After this, a connection takes no further request; those under way end in peace.
    pub lifetime_ms: u64,
    /// How long a request may be under way before the pace of its body is looked at.
    pub body_grace_ms: u64,
    /// What a body must reach on average after that.
    pub body_bytes_per_second: u32,
    /// Wrong credentials from one client address; then it waits, right or wrong.
    pub failed_authentications_per_minute: u32,
    /// The longest silence of a client within a body, or while it should take a response. No key of the estate: a test
    /// of a bound must not wait for it.
    pub silence_ms: u64,
    /// Requests of one HTTP/1 connection, so that clients spread again after a scale-out. No key of the estate either.
    pub requests_per_connection: u32,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            connections: 20_000,
            connections_per_address: 1_000,
            handshake_ms: 10_000,
            request_head_ms: 10_000,
            idle_ms: 60_000,
            lifetime_ms: 3_600_000,
            body_grace_ms: 10_000,
            body_bytes_per_second: 500,
            failed_authentications_per_minute: 60,
            silence_ms: 30_000,
            requests_per_connection: 100_000,
        }
    }
}

impl Bounds {
    pub fn handshake(&self) -> Duration {
        Duration::from_millis(self.handshake_ms)
    }

    pub fn request_head(&self) -> Duration {
        Duration::from_millis(self.request_head_ms)
    }

    pub fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    pub fn lifetime(&self) -> Duration {
        Duration::from_millis(self.lifetime_ms)
    }

    pub fn silence(&self) -> Duration {
        Duration::from_millis(self.silence_ms)
    }

    /// Whether so many bytes are too few for a body that has been coming for so long.
    pub fn is_too_slow(&self, bytes: u64, since: Duration) -> bool {
        let judged = since.saturating_sub(Duration::from_millis(self.body_grace_ms));
        u128::from(bytes) * 1000 < judged.as_millis() * u128::from(self.body_bytes_per_second)
    }
}

/// What counts as one client: whoever has an IPv6 address has its whole /64 (RFC 6177), to be a new client
/// with every request.
pub fn client_block(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_its_grace_and_then_a_pace() {
        let bounds = Bounds::default();
        let too_slow = |bytes, seconds| bounds.is_too_slow(bytes, Duration::from_secs(seconds));
        assert!(!too_slow(0, 9));
        assert!(too_slow(0, 11));
        assert!(!too_slow(5_000, 20));
        assert!(too_slow(4_999, 20));
    }

    #[test]
    fn one_client_is_one_address_or_one_network_of_ipv6() {
        let block = |text: &str| client_block(text.parse().unwrap()).to_string();
        assert_eq!(block("192.0.2.7"), "192.0.2.7");
        assert_eq!(block("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(block("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn what_a_manifest_leaves_out_has_its_default() {
        let bounds: Bounds = serde_json::from_str(r#"{"idle_ms": 5}"#).unwrap();
        assert_eq!(
            bounds,
            Bounds {
                idle_ms: 5,
                ..Bounds::default()
            }
        );
    }
}
