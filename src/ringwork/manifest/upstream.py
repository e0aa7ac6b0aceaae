"""Where an API's requests go: the URL taken apart, and whether a gateway may ever call it.

Everybody who can name an upstream could make the gateway call what only the gateway can reach (SSRF). Addresses
are judged by value, not by spelling: `http://2852039166/` and `http://[::ffff:a9fe:a9fe]/` are both 169.254.169.254.
Names are judged as written; what they resolve to is the gateway's to judge when it connects.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*/?")
_DEFAULT_PORTS = {"http": 80, "https": 443}

# Where clouds answer questions about the machine itself, credentials included.
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class UpstreamUrl:
    """An upstream's parts. `host` is lower case, addresses in canonical form; `path` has no trailing slash."""

    tls: bool
    host: str
    port: int
    path: str

    @property
    def is_mock(self) -> bool:
        return self.port == MOCK.port

    def at(self, endpoint: str) -> UpstreamUrl:
        """The same service at `host[:port]`. Raises ValueError with a message for people."""
        host, _, port = endpoint.rpartition(":") if _has_port(endpoint) else (endpoint, "", "")
        if port and not 1 <= int(port) <= 65_535:
            raise ValueError(f"{port} is not a port")
        return replace(self, host=_host(host.strip("[]").lower()), port=int(port or self.port))

    def below(self, prefix: str) -> UpstreamUrl:
        """With `prefix` after its path."""
        return replace(self, path=f"{self.path}{prefix}")

    @property
    def address(self) -> Address | None:
        """The address `host` is, or None where it is a name."""
        return address_of(self.host)

    @property
    def is_loopback(self) -> bool:
        address = self.address
        if address is not None:
            return address.is_loopback
        return self.host == "localhost" or self.host.endswith(".localhost")  # RFC 6761 section 6.3

    @property
    def service(self) -> tuple[str, int]:
        """What two upstreams have in common when they are one service: all spellings of loopback are one."""
        return ("loopback" if self.is_loopback else self.host, self.port)


MOCK_URL = "mock:"
# A port nothing listens on: who runs the mock puts its own in this place.
MOCK = UpstreamUrl(tls=False, host="127.0.0.1", port=0, path="")


def service_url(text: str) -> UpstreamUrl:
    """As `upstream_url`, and what `mock:` stands for."""
    return MOCK if text == MOCK_URL else upstream_url(text)


@lru_cache(maxsize=8192)  # asked by several checks, of every API, at every change
def upstream_url(text: str) -> UpstreamUrl:
    """Take an upstream's URL apart.

    Raises ValueError with a message for people when it is not `http(s)://host[:port][/path]`.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("this is not a URL") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("this is not an http:// or https:// URL with a host")
    if "@" in parts.netloc:
        raise ValueError("a URL in the estate must not hold credentials")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("an upstream has no query and no fragment")
    if port == 0 or not _PATH.fullmatch(parts.path):
        raise ValueError("port or path of this URL cannot be used")
    path = parts.path.rstrip("/")
    return UpstreamUrl(
        parts.scheme == "https", _host(parts.hostname), port or _DEFAULT_PORTS[parts.scheme], path
    )


def _has_port(endpoint: str) -> bool:
    return ":" in endpoint.rpartition("]")[2]


def _host(text: str) -> str:
    address = address_of(text)
    if address is not None and "%" not in text:
        return str(address)
    if ":" in text or len(text) > 253 or not _NAME.fullmatch(text):
        raise ValueError("the host of this URL is neither a name nor an address")
    return text.rstrip(".")


def address_of(host: str) -> Address | None:
    """The address that `host` spells in any form a resolver accepts, IPv4 inside IPv6 unwrapped."""
    try:
        if ":" in host:
            return _unwrapped(ipaddress.IPv6Address(host))
        # inet_aton takes what resolvers take: decimal, hexadecimal and octal numbers, one to four of them.
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip("."))) if host[:1].isdigit() else None
    except (OSError, ValueError):
        return None


def _unwrapped(address: ipaddress.IPv6Address) -> Address:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    is_compatible = 1 < int(address) < 2**32  # ::a.b.c.d, deprecated by RFC 4291 section 2.5.5.1
    if address in _NAT64 or is_compatible:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def forbidden(url: UpstreamUrl) -> str | None:
    """Why no gateway may ever call this host, or None."""
    address = url.address
    if address is None:
        return "is a cloud's metadata service" if url.host in _METADATA_NAMES else None
    if address.is_link_local:
        return "is a link-local address, where clouds keep machine credentials"
    if address in _METADATA_ADDRESSES:
        return "is a cloud's metadata service"
    if address.is_unspecified:
        return "is the unspecified address, which means this machine"
    if address.is_multicast or address == ipaddress.IPv4Address(0xFFFF_FFFF):
        return "addresses many machines"
    return None
