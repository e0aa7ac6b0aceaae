"""`ringwork.yaml`: the organisation and its rings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ringwork.audience import Audience
from ringwork.manifest.authorization import AuthorizationServerManifest
from ringwork.manifest.bounds import BoundsManifest
from ringwork.manifest.callers import Service
from ringwork.manifest.documentation import DocumentationManifest
from ringwork.manifest.issuers import IssuerManifest
from ringwork.manifest.memory import CacheMemoryManifest
from ringwork.manifest.observability import ObservabilityManifest
from ringwork.manifest.people import PeopleManifest
from ringwork.manifest.sharing import SharedLimitsManifest
from ringwork.manifest.trust import TrustedProxiesManifest
from ringwork.manifest.values import (
    AnyFile,
    BurstFactor,
    Environment,
    HeaderName,
    HostName,
    ListenAddress,
    Manifest,
    Many,
    Name,
    Network,
    Owner,
    PerDay,
    PerMinute,
)


class TlsManifest(Manifest):
    """Certificate of the operator's choice; without it the embedded CA issues one."""

    certificate: AnyFile
    """PEM file with the certificate chain, leaf first."""
    key: AnyFile
    """PEM file with the private key."""


class RingLimitsManifest(Manifest):
    """Limits of callers whose credential names no plan or partner."""

    per_minute: PerMinute | None = None
    """Requests per minute that are sustained."""
    per_day: PerDay | None = None
    """Requests per UTC day."""
    burst_factor: BurstFactor | None = None
    """Requests at once, as a factor of `per_minute`."""


class AuthenticationManifest(Manifest):
    """Proofs of identity this ring accepts. Absent: what the ring's default says."""

    mtls: bool | None = None
    """Client certificates with a SPIFFE identity (internal)."""
    trust_bundle: AnyFile | None = None
    """PEM file with the CAs of a mesh of your own, trusted beside the embedded one; taken over when it changes."""
    service_token: bool | None = None
    """The internal JWT in `x-internal-service-token` (internal)."""
    api_key: bool | None = None
    """API keys (partner, public)."""


class LogManifest(Manifest):
    """What the access log holds."""

    client_address: Literal["full", "truncated", "none"] | None = None
    """`truncated` keeps an IPv4 /24 or an IPv6 /48."""


class ResponseHeadersManifest(Manifest):
    """Response headers that may leave."""

    allow: Annotated[Many[HeaderName], Field(max_length=100)] = ()
    """Added to the outer rings' allow-list."""


class RingManifest(Manifest):
    """One ring: a listener with its own trust and policies."""

    listen: Annotated[Many[ListenAddress], Field(min_length=1, max_length=16)]
    """Addresses this ring listens on, and no other ring."""
    hosts: Annotated[Many[HostName], Field(min_length=1, max_length=100)] | None = None
    """Host names it answers to; default `<ring>.<domain>`."""
    tls: TlsManifest | None = None
    networks: Annotated[Many[Network], Field(max_length=1000)] | None = None
    """Client networks that may speak to this ring; an empty list means any."""
    limits: RingLimitsManifest = RingLimitsManifest()
    authentication: AuthenticationManifest = AuthenticationManifest()
    client_certificates: Literal["requested", "ignored"] = "ignored"
    """Whether clients are asked for a certificate. It proves that they have its key, and nobody is known by it: a token
    may be bound to it (RFC 8705). Browsers ask their users which to send. The internal ring asks by `mtls`."""
    log: LogManifest = LogManifest()
    bounds: BoundsManifest = BoundsManifest()
    trace_context: Literal["accept", "restart"] | None = None
    """Whether callers are believed what trace they belong to: default `accept` on the internal ring, `restart` on the
    others, whose callers then neither choose a trace nor have it sampled."""
    trusted_proxies: TrustedProxiesManifest | None = None
    """Whose word about the client is taken; without it, nobody's."""
    response_headers: ResponseHeadersManifest = ResponseHeadersManifest()
    documentation: DocumentationManifest | None = None
    """Without it, nothing of this ring can be read."""


class RingsManifest(Manifest):
    """The rings that listen. A ring that is not here does not."""

    internal: RingManifest | None = None
    partner: RingManifest | None = None
    public: RingManifest | None = None

    def of(self, audience: Audience) -> RingManifest | None:
        ring: RingManifest | None = getattr(self, audience.label)
        return ring


class OrganizationManifest(Manifest):
    """An organisation and its rings (`ringwork.yaml`)."""

    organization: Name
    domain: HostName
    """Rings are reached at `<ring>.<domain>` unless they name hosts."""
    trust_domain: HostName | None = None
    """SPIFFE trust domain of services; default: `domain`."""
    environment: Environment = "production"
    """Keys belong to one environment: `rw_<environment>_…`."""
    owner: Owner
    rings: RingsManifest
    issuers: Annotated[Mapping[Name, IssuerManifest], Field(max_length=20)] = {}
    """Outside issuers of access tokens, by the name the estate gives them."""
    observability: ObservabilityManifest = ObservabilityManifest()
    cache: CacheMemoryManifest = CacheMemoryManifest()
    shared_limits: SharedLimitsManifest | None = None
    """Where several gateways keep limits together; without it, each gateway counts by itself."""
    people: PeopleManifest = PeopleManifest()
    services: Annotated[Many[Service], Field(max_length=10_000)] = ()
    """Services there are, by name. Where they are named, no others can be `callers`, here and in contracts."""
    authorization_server: AuthorizationServerManifest | None = None
    """Ringwork as OAuth 2.0 authorization server; absent: there is none."""

    @property
    def own_trust_domain(self) -> str:
        return self.trust_domain or self.domain

    def shared_hosts(self, audience: Audience) -> tuple[str, ...]:
        """Hosts a ring answers to for every API; none where it does not listen."""
        ring = self.rings.of(audience)
        if ring is None:
            return ()
        return ring.hosts or (f"{audience.label}.{self.domain}",)
