"""What each ring gets when the estate says nothing. Reads like the table of the requirements (B1 to B9)."""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.audience.audience import Audience


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a ring takes of hostile clients; docs/bounds.md says what happens at each bound."""

    connections: int = 20_000
    connections_per_address: int = 1_000
    handshake_ms: int = 10_000
    request_head_ms: int = 10_000
    idle_ms: int = 60_000
    lifetime_ms: int = 3_600_000
    body_grace_ms: int = 10_000
    body_bytes_per_second: int = 500
    failed_authentications_per_minute: int = 60


@dataclass(frozen=True, slots=True)
class RingDefaults:
    """Policies derived from the audience alone.

    `limit_per_minute` is None where an agreement must say it. `networks` are CIDRs; empty means any.
    """

    mtls: bool
    service_token: bool
    api_key: bool
    authenticate_first: bool
    limited_per: str
    limit_per_minute: int | None
    burst_factor: float
    errors: str
    response_headers: str
    networks: tuple[str, ...]
    log_client_address: str
    trace_context: str
    max_body_bytes: int
    bounds: Bounds = Bounds()


_PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

RING_DEFAULTS: dict[Audience, RingDefaults] = {
    Audience.INTERNAL: RingDefaults(
        mtls=True,
        service_token=True,
        api_key=False,
        authenticate_first=True,
        limited_per="service",
        limit_per_minute=10_000,
        burst_factor=1.0,
        errors="detailed",
        response_headers="all but hop-by-hop",
        networks=_PRIVATE_NETWORKS,
        log_client_address="full",
        trace_context="accept",
        max_body_bytes=10 * 1024 * 1024,
        # One mesh proxy may speak for many services, and a certificate that expired is asked with again and again.
        bounds=Bounds(connections_per_address=5_000, failed_authentications_per_minute=600),
    ),
    Audience.PARTNER: RingDefaults(
        mtls=False,
        service_token=False,
        api_key=True,
        authenticate_first=True,
        limited_per="partner",
        limit_per_minute=None,
        burst_factor=1.5,
        errors="sanitised",
        response_headers="allow-list",
        networks=(),
        log_client_address="full",
        trace_context="restart",
        max_body_bytes=1024 * 1024,
    ),
    Audience.PUBLIC: RingDefaults(
        mtls=False,
        service_token=False,
        api_key=True,
        authenticate_first=False,
        limited_per="key",
        limit_per_minute=100,
        burst_factor=1.0,
        errors="sanitised",
        response_headers="allow-list",
        networks=(),
        log_client_address="truncated",
        trace_context="restart",
        max_body_bytes=1024 * 1024,
    ),
}

# Response headers that pass on outer rings; an operation's contract may declare more. Everything else is dropped.
OUTER_RESPONSE_HEADERS: tuple[str, ...] = (
    "accept-ranges",
    "age",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "expires",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "sunset",
    "vary",
)
