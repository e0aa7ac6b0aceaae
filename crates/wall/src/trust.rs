//! Whose word about a client is taken: the ring's declared proxies, and nobody else's.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::faults::{Check, skips};
use crate::identity::Network;

/// Addresses one request may have come through.
const MAX_HOPS: usize = 32;

/// In the manifest: `trusted_proxies` of a ring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedProxies {
    /// Where the proxies are (CIDR).
    #[serde(default)]
    pub networks: Vec<String>,
    /// Connections begin with a PROXY header, version 1 or 2.
    #[serde(default)]
    pub proxy_protocol: Option<ProxyProtocol>,
    /// The field they name the client in.
    #[serde(default)]
    pub header: Option<AddressField>,
    /// Services (mTLS) whose `x-forwarded-client-cert` names the caller.
    #[serde(default)]
    pub services: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyProtocol {
    /// Connections come from declared proxies and begin with the header; others are closed.
    Required,
    /// A declared proxy may send the header; everybody else is a client of their own.
    Optional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressField {
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

impl AddressField {
    pub fn name(self) -> &'static str {
        match self {
            AddressField::XForwardedFor => "x-forwarded-for",
            AddressField::Forwarded => "forwarded",
        }
    }
}

/// The same, ready for use.
pub struct Proxies {
    networks: Vec<Network>,
    pub proxy_protocol: Option<ProxyProtocol>,
    pub header: Option<AddressField>,
    services: Vec<Box<str>>,
}

impl Proxies {
    pub fn new(declared: &TrustedProxies) -> Result<Proxies, String> {
        Ok(Proxies {
            networks: Network::parse_all(&declared.networks)?,
            proxy_protocol: declared.proxy_protocol,
            header: declared.header,
            services: declared
                .services
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
        })
    }

    /// Whether a declared proxy has this address.
    pub fn declares(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// Whether this service may speak for others.
    pub fn speaks_for_others(&self, service: &str) -> bool {
        self.services.iter().any(|name| **name == *service)
    }

    /// Whose request it is that came from `peer`: the nearest address no declared proxy has. `values`: of the
    /// ring's field, in the order they came. What a client wrote stands before what proxies added, so it is read
    /// from the end; what a proxy vouches for and cannot be read leaves nobody to judge.
    pub fn client<'h>(
        &self,
        peer: IpAddr,
        values: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> Result<IpAddr, &'static str> {
        let Some(field) = self.header else {
            return Ok(peer);
        };
        let mut client = peer;
        let entries = values.rev().flat_map(|value| entries(value).rev());
        for (hop, entry) in entries.enumerate() {
            if !self.declares(client) && !skips(Check::UndeclaredProxy) {
                return Ok(client);
            }
            if hop == MAX_HOPS {
                return Err("a request through more proxies than can be");
            }
            let address = match field {
                AddressField::XForwardedFor => node(entry),
                AddressField::Forwarded => forwarded_for(entry),
            };
            client = address.ok_or("a declared proxy names no address")?;
        }
        Ok(client)
    }
}

/// The members of a list. Commas in quoted strings hide nothing: no address has one.
fn entries(value: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(<[u8]>::trim_ascii)
}

/// `for=` of a forwarded-element (RFC 7239 §4); once only.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut named = element.split(|&b| b == b';').filter_map(|pair| {
        let (name, value) = pair.split_at_checked(pair.iter().position(|&b| b == b'=')?)?;
        name.trim_ascii()
            .eq_ignore_ascii_case(b"for")
            .then(|| value[1..].trim_ascii())
    });
    let value = named.next()?;
    let quoted = value
        .strip_prefix(b"\"")
        .map(|rest| rest.strip_suffix(b"\""));
    let address = node(quoted.unwrap_or(Some(value))?);
    address.filter(|_| named.next().is_none())
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; `unknown` and names are none.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bracketed = || {
        let inside = text.strip_prefix('[')?.strip_suffix(']')?;
        inside.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    };
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = text.parse().ok().or_else(with_port).or_else(bracketed);
    address.map(|address: IpAddr| address.to_canonical())
}

/// Who the nearest proxy says its client is: the URI of the last element of `x-forwarded-client-cert` (Envoy),
/// which the proxy itself wrote; what stands before came from further away.
pub fn forwarded_identity(value: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(value).map_err(|_| "x-forwarded-client-cert is no text")?;
    let element = split_unquoted(text, b',').next_back().unwrap_or("");
    let mut uris = split_unquoted(element, b';').filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.eq_ignore_ascii_case("URI")
            .then(|| value.trim_matches('"'))
    });
    match (uris.next(), uris.next()) {
        (Some(uri), None) if !uri.is_empty() => Ok(uri),
        _ => Err("x-forwarded-client-cert does not name one URI"),
    }
}

/// Parts between separators that stand outside of quotes.
fn split_unquoted(text: &str, separator: u8) -> std::vec::IntoIter<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            byte if byte == separator && !quoted => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(header: AddressField) -> Proxies {
        Proxies::new(&TrustedProxies {
            networks: vec!["10.0.0.0/8".into(), "2001:db8:ffff::/48".into()],
            header: Some(header),
            ..TrustedProxies::default()
        })
        .unwrap()
    }

    fn client(header: AddressField, peer: &str, values: &[&str]) -> Result<String, &'static str> {
        let values = values.iter().map(|value| value.as_bytes());
        let client = proxies(header).client(peer.parse().unwrap(), values);
        client.map(|address| address.to_string())
    }

    #[test]
    fn the_nearest_address_no_proxy_has_is_the_client() {
        let for_ = |peer: &str, values: &[&str]| {
            client(AddressField::XForwardedFor, peer, values).unwrap()
        };
        assert_eq!(for_("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(
            for_("10.0.0.1", &["1.1.1.1, 203.0.113.7, 10.0.0.9"]),
            "203.0.113.7"
        );
        assert_eq!(
            for_("10.0.0.1", &["1.1.1.1", "203.0.113.7:4711"]),
            "203.0.113.7"
        );
        assert_eq!(for_("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(for_("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(for_("10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn whoever_is_no_declared_proxy_says_nothing_of_others() {
        let of_stranger = client(AddressField::XForwardedFor, "203.0.113.9", &["10.0.0.1"]);
        assert_eq!(of_stranger.unwrap(), "203.0.113.9");
        let unread = client(AddressField::XForwardedFor, "203.0.113.9", &["nonsense"]);
        assert_eq!(unread.unwrap(), "203.0.113.9");
    }

    #[test]
    fn what_a_proxy_vouches_for_must_be_an_address() {
        for value in [
            "unknown",
            "",
            "client.test",
            "203.0.113.7, ",
            "1.2.3.4.5",
            "[::1",
        ] {
            let refused = client(AddressField::XForwardedFor, "10.0.0.1", &[value]);
            assert!(refused.is_err(), "{value}: {refused:?}");
        }
        let through = vec!["10.0.0.2"; MAX_HOPS + 1].join(",");
        assert!(client(AddressField::XForwardedFor, "10.0.0.1", &[&through]).is_err());
    }

    #[test]
    fn forwarded_elements_name_their_client_once() {
        let of = |value: &str| client(AddressField::Forwarded, "10.0.0.1", &[value]);
        assert_eq!(of("for=203.0.113.7;proto=https").unwrap(), "203.0.113.7");
        assert_eq!(
            of("for=1.1.1.1, For=\"[2001:db8::1]:47\";by=x").unwrap(),
            "2001:db8::1"
        );
        for bad in [
            "for=unknown",
            "for=_hidden",
            "by=10.0.0.9",
            "for=1.1.1.1;for=2.2.2.2",
            "for=\"1.1.1.1",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mesh_proxy_names_the_client_it_saw_itself() {
        let of = |value: &'static str| forwarded_identity(value.as_bytes());
        assert_eq!(
            of("Hash=ab;URI=spiffe://acme.test/billing"),
            Ok("spiffe://acme.test/billing")
        );
        assert_eq!(
            of(
                "URI=spiffe://acme.test/forged,By=x;Subject=\"CN=a,URI=b;c\";URI=\"spiffe://acme.test/billing\""
            ),
            Ok("spiffe://acme.test/billing")
        );
        for bad in [
            "",
            "Hash=ab",
            "URI=",
            "URI=a;URI=b",
            "Subject=\"URI=spiffe://acme.test/billing\"",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
