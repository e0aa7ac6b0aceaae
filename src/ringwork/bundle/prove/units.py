"""Durations, limits and addresses as the estate writes them, in the units a gateway counts."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import floor
from typing import Any
from urllib.parse import urlsplit

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def milliseconds(text: Any) -> int | None:
    """`1500ms`, `2s`, `1m`; None where nothing is said. Raises ValueError for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})(ms|s|m)", str(text))
    if match is None:
        raise ValueError(f"{text} is no duration")
    return int(match[1]) * _MILLISECONDS[match[2]]


def day_begins(text: Any) -> int:
    """A day (UTC) as seconds since the Unix epoch. Raises ValueError."""
    return moment(f"{text}T00:00:00Z")


def moment(text: Any) -> int:
    """Seconds since the Unix epoch. Raises ValueError."""
    return int(datetime.fromisoformat(str(text)).astimezone(UTC).timestamp())


def limit(per_minute: int, burst_factor: Any, per_day: Any) -> dict[str, Any]:
    """What a bucket holds. The factor counts as the decimal that is written."""
    burst = max(1, floor(per_minute * Fraction(str(burst_factor))))
    return {"per_minute": per_minute, "burst": burst, "per_day": per_day}


def address(text: Any) -> str:
    """A listener: address and port, IPv6 in brackets."""
    host, _, port = str(text).rpartition(":")
    bare = ipaddress.ip_address(host.strip("[]"))
    return f"[{bare}]:{int(port)}" if bare.version == 6 else f"{bare}:{int(port)}"


def network(text: Any) -> str:
    return str(ipaddress.ip_network(str(text), strict=False))


@dataclass(frozen=True, slots=True)
class Url:
    """Where a service is: scheme, host in one spelling, port, path without a slash at its end."""

    tls: bool
    host: str
    port: int
    path: str


def url(text: Any) -> Url:
    """Raises ValueError."""
    parts = urlsplit(str(text))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text} is no URL of a service")
    tls = parts.scheme == "https"
    return Url(tls, _host(parts.hostname), parts.port or (443 if tls else 80), parts.path.rstrip("/"))


def endpoint(text: Any, of: Url) -> tuple[str, int]:
    """`host`, `host:port` or `[::1]:port`; the port of the URL where none is said."""
    written = str(text)
    has_port = ":" in written.rpartition("]")[2]
    host, _, port = written.rpartition(":") if has_port else (written, "", "")
    return _host(host.strip("[]").lower()), int(port or of.port)


def _host(text: str) -> str:
    """All spellings of an address are one; a name may end in a dot."""
    try:
        if ":" in text:
            return str(_unwrapped(ipaddress.IPv6Address(text)))
        if text[:1].isdigit():
            return str(ipaddress.IPv4Address(socket.inet_aton(text.rstrip("."))))
    except (OSError, ValueError):
        pass
    return text.rstrip(".")


def _unwrapped(given: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """IPv4 inside of IPv6, in whichever form."""
    within = given.ipv4_mapped or given.sixtofour
    if within is not None:
        return within
    is_compatible = 1 < int(given) < 2**32
    return ipaddress.IPv4Address(int(given) & 0xFFFF_FFFF) if given in _NAT64 or is_compatible else given
