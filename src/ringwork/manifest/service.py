"""The service behind an API: where it runs, how it is met, what is done so that requests arrive."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ringwork.manifest.upstream import MOCK_URL
from ringwork.manifest.values import (
    DurationMs,
    EndpointAddress,
    HeaderName,
    HostName,
    HttpStatus,
    Manifest,
    Many,
    PathPrefix,
    RelativeFile,
    RequestPath,
    SecretReference,
    SentHost,
    Text,
)


class EndpointManifest(Manifest):
    """One place the service runs at."""

    address: EndpointAddress
    """`host:port`; a name stands for all addresses it resolves to."""
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    """Share of requests, beside the others'."""


def _address_alone(value: Any) -> Any:
    return {"address": value} if isinstance(value, str) else value


Endpoint = Annotated[
    EndpointManifest, BeforeValidator(_address_alone, json_schema_input_type=str | EndpointManifest)
]


class UpstreamTlsManifest(Manifest):
    """How an https upstream is verified, and what the gateway shows it."""

    ca: RelativeFile | None = None
    """PEM file, relative to the API's folder, with the CAs that may vouch for the service; default: the system's."""
    server_name: HostName | None = None
    """Asked for (SNI) and verified instead of the host of `url`."""
    client_certificate: RelativeFile | None = None
    """PEM file with the gateway's certificate (leaf first), relative to the API's folder."""
    client_key: SecretReference | None = None
    """Its private key (PEM), by reference."""


class HealthManifest(Manifest):
    """What every endpoint is asked now and then, whether anyone calls or not."""

    path: RequestPath | None = None
    """`GET` on this path; without it, that a TCP connection is taken is enough."""
    interval: Annotated[DurationMs, Field(json_schema_extra={"default": "5s"})] = 5_000
    timeout: Annotated[DurationMs, Field(json_schema_extra={"default": "2s"})] = 2_000
    healthy_after: Annotated[int, Field(ge=1, le=100)] = 1
    """Successes in a row until an endpoint is used again."""
    unhealthy_after: Annotated[int, Field(ge=1, le=100)] = 2
    """Failures in a row until it is left out."""
    statuses: Annotated[Many[HttpStatus], Field(max_length=50)] = ()
    """Statuses that are well; default: 200 to 299."""


class OutliersManifest(Manifest):
    """Endpoints that fail requests again and again are left out for a while."""

    errors: Annotated[int, Field(ge=1, le=10_000)] = 5
    """Failures in a row: no connection, an exchange that broke off, or a 5xx."""
    eject: Annotated[DurationMs, Field(json_schema_extra={"default": "30s"})] = 30_000
    """For so long; twice as long the next time, ten times at most."""
    max_percent: Annotated[int, Field(ge=1, le=100)] = 50
    """Of the endpoints, at most so many are left out."""


class BreakerManifest(Manifest):
    """How much the service is asked at once; beyond it callers get 503, for the service's sake."""

    max_requests: Annotated[int, Field(ge=1, le=1_000_000)]
    """Requests under way, over all rings of one gateway."""
    max_pending: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Requests that wait for a place."""
    pending_timeout: Annotated[DurationMs, Field(json_schema_extra={"default": "1s"})] = 1_000
    """Longest wait for a place."""


class RetriesManifest(Manifest):
    """When a request goes out again, each time to another endpoint where there is one."""

    attempts: Annotated[int, Field(ge=0, le=5)] = 1
    """After the first."""
    statuses: Annotated[Many[HttpStatus], Field(max_length=50)] = ()
    """Answers that are asked for again; idempotent methods only."""
    budget_percent: Annotated[int, Field(ge=0, le=100)] = 20
    """Retries in a hundred requests, so that a service that fails entirely is not asked twice as often."""


class BasicManifest(Manifest):
    """RFC 7617."""

    user: Annotated[Text, Field(pattern=r"^[^:\x00-\x1f\x7f]+$")]
    password: SecretReference


class HeaderCredentialManifest(Manifest):
    """A header of the service's own."""

    name: HeaderName
    value: SecretReference


class CredentialManifest(Manifest):
    """Who the gateway is to the service; exactly one of these."""

    bearer: SecretReference | None = None
    """`Authorization: Bearer …`."""
    basic: BasicManifest | None = None
    """`Authorization: Basic …`."""
    header: HeaderCredentialManifest | None = None
    """Any other header, such as `x-api-key`."""


class BalanceManifest(Manifest):
    """Which endpoint is next."""

    by: Literal["round-robin", "least-requests", "consumer", "header"] = "round-robin"
    """`consumer` and `header` keep a caller with an endpoint (consistent hashing)."""
    header: HeaderName | None = None
    """With `by: header`: the request header whose value decides; callers without it go by consumer."""


def _way_alone(value: Any) -> Any:
    return {"by": value} if isinstance(value, str) else value


Balance = Annotated[
    BalanceManifest, BeforeValidator(_way_alone, json_schema_input_type=str | BalanceManifest)
]


class UpstreamManifest(Manifest):
    """The service that answers."""

    url: Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"})]
    """`http(s)://host:port/path`; requests go to this path + the document's path. `mock:` answers from the contract."""
    endpoints: Annotated[Many[Endpoint], Field(max_length=200)] = ()
    """Where the service runs, instead of host and port of `url`; those still say its name (`Host`, TLS)."""
    prefix: PathPrefix = "strip"
    """Between the url's path and the document's: `strip` nothing, `keep` the public prefix, or a template."""
    host: SentHost = "own"
    """`Host` as sent: the url's (`own`), the client's (`preserve`), or this name."""
    protocol: Literal["http1", "http2", "auto"] = "http1"
    """`http2` without TLS is h2c with prior knowledge; `auto` asks by ALPN, https only."""
    connect_timeout: Annotated[DurationMs, Field(json_schema_extra={"default": "2s"})] = 2_000
    timeout: Annotated[DurationMs, Field(json_schema_extra={"default": "30s"})] = 30_000
    """Longest silence while reading or writing."""
    write_timeout: DurationMs | None = None
    """Longest silence while writing; default: `timeout`."""
    total_timeout: DurationMs | None = None
    """From the first attempt to the end of the response."""
    tls: UpstreamTlsManifest | None = None
    balance: Balance = BalanceManifest()
    health: HealthManifest | None = None
    outliers: OutliersManifest | None = None
    breaker: BreakerManifest | None = None
    retries: RetriesManifest | None = None
    """Default: none, and one more attempt where there are several endpoints."""
    credential: CredentialManifest | None = None

    @property
    def is_mock(self) -> bool:
        return self.url == MOCK_URL


def _url_alone(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


Upstream = Annotated[
    UpstreamManifest,
    BeforeValidator(_url_alone, json_schema_input_type=str | UpstreamManifest),
]
