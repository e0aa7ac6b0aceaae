//! Client networks in CIDR notation (RFC 4632, RFC 4291 §2.3).

use std::net::IpAddr;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// `None` if the prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Network> {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (prefix <= longest).then_some(Network {
            address: address.to_canonical(),
            prefix,
        })
    }

    pub fn address(&self) -> IpAddr {
        self.address
    }

    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// An IPv4 client on a dual-stack socket (`::ffff:192.0.2.1`) is an IPv4 client.
    pub fn contains(&self, client: IpAddr) -> bool {
        match (self.address, client.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(client)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                u32::from(network) & mask == u32::from(client) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(client)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                u128::from(network) & mask == u128::from(client) & mask
            }
            _ => false,
        }
    }

    /// An empty list admits everyone.
    pub fn admit(networks: &[Network], client: IpAddr) -> bool {
        networks.is_empty() || networks.iter().any(|network| network.contains(client))
    }

    pub fn parse_all(texts: &[String]) -> Result<Vec<Network>, String> {
        texts.iter().map(|text| text.parse()).collect()
    }
}

impl FromStr for Network {
    type Err = String;

    /// `192.0.2.0/24`; a bare address is that one address.
    fn from_str(text: &str) -> Result<Network, String> {
        let invalid = || format!("`{text}` is not a network such as 192.0.2.0/24");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        Network::new(address, prefix.unwrap_or(whole)).ok_or_else(invalid)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (network, client, inside) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(
                parsed.contains(client.parse().unwrap()),
                inside,
                "{client} in {network}"
            );
        }
        for bad in [
            "",
            "192.0.2.0/33",
            "::/129",
            "192.0.2.0/",
            "a/8",
            "192.0.2.0/-1",
            "192.0.2.0/24/1",
        ] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
