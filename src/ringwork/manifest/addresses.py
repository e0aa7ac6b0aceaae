"""Socket addresses of listeners, and when two of them are one."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An IP address and port; IPv4 inside IPv6 is unwrapped, because the kernel binds the same socket."""

    address: Address
    port: int

    @classmethod
    def parse(cls, text: str) -> SocketAddress:
        """From `127.0.0.1:8443` or `[::1]:8443`. Raises ValueError."""
        host, _, port = text.rpartition(":")
        address = ipaddress.ip_address(host.strip("[]"))
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return cls(address, int(port))

    def overlaps(self, other: SocketAddress) -> bool:
        """Whether both cannot be bound at once. `[::]` takes IPv4 as well; port 0 is always another port."""
        if self.port != other.port or self.port == 0:
            return False
        return self.address == other.address or self._takes(other) or other._takes(self)

    def _takes(self, other: SocketAddress) -> bool:
        same_family = self.address.version == other.address.version
        return self.address.is_unspecified and (same_family or self.address.version == 6)
