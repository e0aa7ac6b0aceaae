//! The PROXY protocol (HAProxy, versions 1 and 2) of declared proxies, before TLS. Exactly the header's bytes are
//! taken from the socket; parsed by `ppp`.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ppp::v2::Command;
use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;
use wall::trust::ProxyProtocol;

/// Version 1 in all (§2.1).
const MAX_LINE_BYTES: usize = 107;
/// Version 2 up to its length (§2.2).
const FIXED_BYTES: usize = 16;
/// Addresses and options of version 2.
const MAX_OPTIONS_BYTES: usize = 4096;
/// The first byte of a TLS handshake (RFC 8446 §5.1), of which no PROXY header has one.
const TLS_HANDSHAKE: u8 = 0x16;

/// The client a declared proxy names; `None`: the proxy speaks for itself (LOCAL, UNKNOWN, no header where it is
/// optional). An error ends the connection.
pub async fn client(
    socket: &mut TcpStream,
    demand: ProxyProtocol,
) -> io::Result<Option<SocketAddr>> {
    let mut first = [0];
    if demand == ProxyProtocol::Optional {
        socket.peek(&mut first).await?;
        if first[0] == TLS_HANDSHAKE {
            return Ok(None);
        }
    }
    read(socket).await
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut header = vec![0; v2::PROTOCOL_PREFIX.len()];
    stream.read_exact(&mut header).await?;
    match header == v2::PROTOCOL_PREFIX {
        true => binary(stream, header).await,
        false => line(stream, header).await,
    }
}

async fn binary(
    stream: &mut (impl AsyncRead + Unpin),
    mut header: Vec<u8>,
) -> io::Result<Option<SocketAddr>> {
    header.resize(FIXED_BYTES, 0);
    stream
        .read_exact(&mut header[v2::PROTOCOL_PREFIX.len()..])
        .await?;
    let options = usize::from(u16::from_be_bytes([header[14], header[15]]));
    if options > MAX_OPTIONS_BYTES {
        return Err(malformed());
    }
    header.resize(FIXED_BYTES + options, 0);
    stream.read_exact(&mut header[FIXED_BYTES..]).await?;
    let parsed = v2::Header::try_from(&header[..]).map_err(|_| malformed())?;
    match (parsed.command, parsed.protocol, parsed.addresses) {
        (Command::Local, ..) => Ok(None),
        (Command::Proxy, v2::Protocol::Stream, v2::Addresses::IPv4(of)) => {
            named(of.source_address.into(), of.source_port)
        }
        (Command::Proxy, v2::Protocol::Stream, v2::Addresses::IPv6(of)) => {
            named(of.source_address.into(), of.source_port)
        }
        // A proxy that cannot say who calls it must not be taken for the caller.
        (Command::Proxy, ..) => Err(malformed()),
    }
}

async fn line(
    stream: &mut (impl AsyncRead + Unpin),
    mut header: Vec<u8>,
) -> io::Result<Option<SocketAddr>> {
    if !header.starts_with(b"PROXY ") {
        return Err(malformed());
    }
    while !header.ends_with(b"\r\n") {
        if header.len() == MAX_LINE_BYTES {
            return Err(malformed());
        }
        header.push(stream.read_u8().await?);
    }
    let parsed = v1::Header::try_from(&header[..]).map_err(|_| malformed())?;
    if parsed.header.len() != header.len() {
        return Err(malformed());
    }
    match parsed.addresses {
        v1::Addresses::Unknown => Ok(None),
        v1::Addresses::Tcp4(of) => named(of.source_address.into(), of.source_port),
        v1::Addresses::Tcp6(of) => named(of.source_address.into(), of.source_port),
    }
}

fn named(address: IpAddr, port: u16) -> io::Result<Option<SocketAddr>> {
    match address.is_unspecified() || address.is_multicast() {
        true => Err(malformed()),
        false => Ok(Some(SocketAddr::new(address.to_canonical(), port))),
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed PROXY header")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a header says, and how many bytes of `wire` were taken for it.
    fn parsed(wire: &[u8]) -> (Option<Option<String>>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let mut left = wire;
        let client = runtime.block_on(read(&mut left)).ok();
        let client = client.map(|client| client.map(|client| client.to_string()));
        (client, wire.len() - left.len())
    }

    fn binary_header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [v2::PROTOCOL_PREFIX, &[command, family], &length, body].concat()
    }

    const FOUR: [u8; 12] = [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x67, 0x20, 0xfb];

    #[test]
    fn both_versions_name_the_client_and_take_nothing_of_what_follows() {
        let client = Some(Some("203.0.113.7:4711".to_owned()));
        let text = b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 8443\r\n";
        assert_eq!(
            parsed(&[text, &b"\x16rest"[..]].concat()),
            (client.clone(), text.len())
        );
        let options = [&FOUR[..], &[0x04, 0, 1, 0]].concat();
        let binary = binary_header(0x21, 0x11, &options);
        assert_eq!(
            parsed(&[&binary, &b"\x16rest"[..]].concat()),
            (client, binary.len())
        );
        let six = b"PROXY TCP6 2001:db8::1 2001:db8::2 4711 8443\r\n";
        assert_eq!(parsed(six).0, Some(Some("[2001:db8::1]:4711".to_owned())));
    }

    #[test]
    fn a_proxy_may_speak_for_itself() {
        assert_eq!(parsed(b"PROXY UNKNOWN\r\n").0, Some(None));
        assert_eq!(parsed(&binary_header(0x20, 0x00, b"")).0, Some(None));
    }

    #[test]
    fn whatever_else_is_said_ends_the_connection() {
        let long = [&b"PROXY UNKNOWN "[..], &[b'x'; 200], b"\r\n"].concat();
        let wires: [&[u8]; 12] = [
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdef",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 99999\r\n",
            b"PROXY TCP4 2001:db8::1 10.0.0.1 4711 8443\r\n",
            b"PROXY  TCP4 203.0.113.7 10.0.0.1 4711 8443\r\n",
            b"proxy TCP4 203.0.113.7 10.0.0.1 4711 8443\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 4711 8443\rX\r\n",
            b"PROXY TCP4 0.0.0.0 10.0.0.1 4711 8443\r\n",
            &binary_header(0x21, 0x31, &[0; 216]),
            &binary_header(0x21, 0x11, &FOUR[..8]),
            &long,
        ];
        for wire in wires {
            assert_eq!(
                parsed(wire).0,
                None,
                "{:?}",
                wire.escape_ascii().to_string()
            );
        }
        for (command, family) in [(0x31, 0x11), (0x22, 0x11), (0x21, 0x12), (0x21, 0x00)] {
            assert_eq!(parsed(&binary_header(command, family, &FOUR)).0, None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_read_past_its_bounds(wire in proptest::collection::vec(any::<u8>(), 0..9000)) {
            for wire in [wire.clone(), [v2::PROTOCOL_PREFIX, &wire].concat(), [b"PROXY TCP4 ", &wire[..]].concat()] {
                let (_, taken) = parsed(&wire);
                prop_assert!(taken <= FIXED_BYTES + MAX_OPTIONS_BYTES);
            }
        }
    }
}
