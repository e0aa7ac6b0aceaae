"""`rings.<ring>.bounds`: what a ring takes of clients that may be hostile."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringwork.manifest.values import DurationMs, Manifest

Connections = Annotated[int, Field(ge=1, le=1_000_000)]


class BoundsManifest(Manifest):
    """Bounds of one ring's listeners; what is left out has the ring's default (docs/bounds.md)."""

    connections: Connections | None = None
    """Connections at once; further ones are closed. About 100 KiB of memory each."""
    connections_per_address: Connections | None = None
    """The same for one client: an IPv4 address or an IPv6 /64."""
    handshake: DurationMs | None = None
    """From the accepted connection to the end of its TLS handshake."""
    request_head: DurationMs | None = None
    """From the first byte of a request's head to its last."""
    idle: DurationMs | None = None
    """Between two requests of a connection, and before the first."""
    lifetime: DurationMs | None = None
    """Age at which a connection takes no further request; those under way end in peace."""
    body_grace: DurationMs | None = None
    """How long a request may be under way before the pace of its body is looked at."""
    body_bytes_per_second: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    """Average a request body must reach after that; 0: any."""
    failed_authentications_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Wrong credentials from one client address; then it waits."""
