"""The service behind an API version, as a gateway meets it. None: nothing was said, and nothing is done."""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.kernel.findings import Location


@dataclass(frozen=True, slots=True)
class UpstreamTlsIntent:
    """`client_key` is a reference; the PEM texts are certificates, which are no secret."""

    ca_pem: str | None
    server_name: str | None
    client_certificate_pem: str | None
    client_key: str | None


@dataclass(frozen=True, slots=True)
class EndpointIntent:
    host: str
    port: int
    weight: int


@dataclass(frozen=True, slots=True)
class HealthIntent:
    """`path` None: a TCP connection is enough. `statuses` empty: any 2xx."""

    path: str | None
    interval_ms: int
    timeout_ms: int
    healthy_after: int
    unhealthy_after: int
    statuses: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutliersIntent:
    errors: int
    eject_ms: int
    max_percent: int


@dataclass(frozen=True, slots=True)
class BreakerIntent:
    max_requests: int
    max_pending: int
    pending_timeout_ms: int


@dataclass(frozen=True, slots=True)
class RetriesIntent:
    attempts: int
    statuses: tuple[int, ...]
    budget_percent: int


@dataclass(frozen=True, slots=True)
class CredentialIntent:
    """`form`: plain, bearer or basic; `user` with basic only; `secret` is a reference."""

    header: str
    form: str
    user: str | None
    secret: str


@dataclass(frozen=True, slots=True)
class UpstreamIntent:
    """`host_header` None: the upstream's own name. `balance`: as the bundle writes it; `balance_header` beside it."""

    tls: bool
    host: str
    port: int
    path: str
    connect_timeout_ms: int
    io_timeout_ms: int
    declared_at: Location
    write_timeout_ms: int | None = None
    total_timeout_ms: int | None = None
    protocol: str = "http1"
    tls_options: UpstreamTlsIntent | None = None
    host_header: str | None = None
    preserve_host: bool = False
    endpoints: tuple[EndpointIntent, ...] = ()
    balance: str = "round_robin"
    balance_header: str | None = None
    health: HealthIntent | None = None
    outliers: OutliersIntent | None = None
    breaker: BreakerIntent | None = None
    retries: RetriesIntent | None = None
    credential: CredentialIntent | None = None
    is_mock: bool = False
    """Answered by the control plane's mock; `port` is 0 until it is known."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """References a gateway needs the values of."""
        if self.tls_options is None and self.credential is None:
            return ()
        key = self.tls_options.client_key if self.tls_options is not None else None
        credential = self.credential.secret if self.credential is not None else None
        return tuple(reference for reference in (key, credential) if reference is not None)
