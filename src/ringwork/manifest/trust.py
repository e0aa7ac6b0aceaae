"""`rings.<ring>.trusted_proxies`: whose word about the client is taken."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ringwork.manifest.values import Manifest, Many, Name, Network


class TrustedProxiesManifest(Manifest):
    """Proxies in front of a ring. What anybody else says about where a request comes from is not read."""

    networks: Annotated[Many[Network], Field(max_length=1000)] = ()
    """Where the proxies are."""
    proxy_protocol: Literal["required", "optional"] | None = None
    """PROXY protocol, version 1 or 2. `required`: connections come from these proxies alone, and begin with it."""
    header: Literal["x-forwarded-for", "forwarded"] | None = None
    """The field they name the client in; the nearest address that is none of theirs is the client."""
    services: Annotated[Many[Name], Field(max_length=100)] = ()
    """Mesh proxies, known by mTLS, whose `x-forwarded-client-cert` names the calling service (internal)."""
