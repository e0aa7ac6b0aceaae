//! Addresses no gateway may ever connect to, also when a name of the estate resolves to them.
//!
//! Whoever can name an upstream, or answers for its name in DNS, could make the gateway call what only the
//! gateway can reach (SSRF). The control plane refuses such addresses where they are written
//! (`ringwork.manifest.upstream`); here is the same rule for what names turn out to mean.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds answer questions about the machine itself, beside link-local addresses.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

pub fn is_forbidden(address: IpAddr) -> bool {
    match unwrapped(address) {
        IpAddr::V4(v4) => {
            v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
                || METADATA_V4.contains(&v4)
        }
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6 == METADATA_V6
        }
    }
}

/// IPv4 inside IPv6 is what is reached: mapped, 6to4 (RFC 3056), NAT64 (RFC 6052), compatible (RFC 4291).
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let inside = |high: u16, low: u16| {
        IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
    };
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => inside(g, h),
        (0, 0, 0, 0, 0, 0) if g != 0 || h > 1 => inside(g, h),
        (0x2002, high, low, ..) => inside(high, low),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_and_metadata_are_forbidden_in_every_clothing() {
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "::a9fe:a9fe",
            "fe80::1",
            "fd00:ec2::254",
            "168.63.129.16",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            assert!(is_forbidden(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn ordinary_addresses_are_not() {
        for text in [
            "10.0.0.5",
            "127.0.0.1",
            "::1",
            "169.253.1.1",
            "2606:4700::1111",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_forbidden(text.parse().unwrap()), "{text}");
        }
    }
}
