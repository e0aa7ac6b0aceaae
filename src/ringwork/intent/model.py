"""The intermediate representation between the estate and the gateway's bundles.

Built once per revision by `intent.build`, read by `bundle.compile` and nothing else. Everything a default or a
label decided is decided here: the compiler only writes down.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ringwork.audience import Audience
from ringwork.audience.defaults import Bounds
from ringwork.intent.admitted import Admitted
from ringwork.intent.authorization import AuthorizationIntent
from ringwork.intent.exposed import Exposed
from ringwork.intent.issuer import IssuerIntent
from ringwork.intent.people import PeopleIntent
from ringwork.intent.upstream import UpstreamIntent
from ringwork.kernel.findings import Location

# Stands for the key that gateways hash values with (`mask: hash`), as references of the estate stand for secrets.
MASKING_KEY = "state://masking-key"


@dataclass(frozen=True, slots=True)
class Limit:
    """GCRA: `per_minute` sustained, `burst` at once; `per_day` a UTC window or None."""

    per_minute: int
    burst: int
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class EndingIntent:
    """When an operation or a parameter ends, as its document says; seconds since the Unix epoch. `successor`: path of
    the operation to move to.
    """

    deprecated_at: int | None
    sunset_at: int | None
    guide: str | None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class OperationIntent:
    """One operation of a contract and how far out it is published. `scopes`: all of any one of these are demanded of
    callers on outer rings; none: nothing. `bindings`: values of requests that must be the caller's there: place, name,
    and of each that it may equal the kind and the pointer of a claim. On the internal ring: services that may call are
    in each of `callers`, none: any; people in one group of each of `groups`, none: nobody. `record`: what calls write,
    type, place and name of the id, whether it is sensitive; None: they are on no record.
    """

    id: str
    method: str
    template: str
    published: Audience
    feature: str | None
    response_headers: tuple[str, ...]
    declared_at: Location
    decided_at: Location | None
    scopes: tuple[tuple[str, ...], ...] = ()
    bindings: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = ()
    callers: tuple[Admitted, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    ending: EndingIntent | None = None
    ending_parameters: tuple[tuple[str, str, EndingIntent], ...] = ()
    """Place, name, and when they end."""
    record: tuple[str, str, str, bool] | None = None


@dataclass(frozen=True, slots=True)
class VersionShape:
    """What a version's contract decides. `projections`: per ring that knows it, what leaves of responses;
    `validations`: per outer ring that does, what requests are held to
    (`kernel.packed`). `exposed`: what outer rings can send and read. `scope_words`: scope and what the contract says
    of it, of those its operations demand.
    """

    operations: tuple[OperationIntent, ...]
    projections: dict[Audience, str] = field(default_factory=dict)
    validations: dict[Audience, str] = field(default_factory=dict)
    exposed: Exposed | None = None
    scope_words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ObserveIntent:
    """Outer rings let pass what the contract does not know, and count it; `until` (seconds since the Unix epoch)."""

    until: int
    reason: str
    declared_at: Location


@dataclass(frozen=True, slots=True)
class WebSocketIntent:
    """GET operations (by id) that may become a tunnel, and what bounds it."""

    operations: tuple[str, ...]
    idle_ms: int
    lifetime_ms: int


@dataclass(frozen=True, slots=True)
class CorsIntent:
    """Pages of other origins on the public ring; header names in lower case, sorted."""

    origins: tuple[str, ...]
    headers: tuple[str, ...]
    expose: tuple[str, ...]
    credentials: bool
    max_age_seconds: int


@dataclass(frozen=True, slots=True)
class CacheIntent:
    """How responses of GET operations (by id; None: all) are kept; header names in lower case, sorted."""

    operations: tuple[str, ...] | None
    ttl_ms: int | None
    shared: bool
    vary: tuple[str, ...]
    stale_if_error_ms: int
    max_object_bytes: int

    def covers(self, operation: OperationIntent) -> bool:
        named = self.operations is None or operation.id in self.operations
        return operation.method == "GET" and named


@dataclass(frozen=True, slots=True)
class LifecycleIntent:
    """How a version ends on one ring; moments in seconds since the Unix epoch, None: not decided. `brownouts`: from,
    until.
    """

    deprecated_at: int | None
    sunset_at: int | None
    successor: str | None
    guide: str | None
    brownouts: tuple[tuple[int, int], ...]
    declared_at: Location


@dataclass(frozen=True, slots=True)
class VersionIntent:
    name: str
    audience: Audience
    upstream: UpstreamIntent
    max_body_bytes: dict[Audience, int]
    operations: tuple[OperationIntent, ...]
    declared_at: Location
    websocket: WebSocketIntent | None = None
    cors: CorsIntent | None = None
    compression: dict[Audience, tuple[str, ...]] = field(default_factory=dict)
    cache: CacheIntent | None = None
    exposed: Exposed | None = None
    """What outer rings can send and read; no gateway's business, kept for the next plan."""
    projections: dict[Audience, str] = field(default_factory=dict)
    validations: dict[Audience, str] = field(default_factory=dict)
    observe: ObserveIntent | None = None
    lifecycle: dict[Audience, LifecycleIntent] = field(default_factory=dict)
    """Rings on which its end is decided."""
    scope_words: tuple[tuple[str, str], ...] = ()
    """No gateway's business: what users are shown."""

    def is_known_on(self, ring: Audience) -> bool:
        """Whether `ring` knows this version at all; the internal one knows everything."""
        return not ring.is_outer or any(operation.published.reaches(ring) for operation in self.operations)


@dataclass(frozen=True, slots=True)
class ApiIntent:
    name: str
    prefix: str
    hosts: dict[Audience, tuple[str, ...]]
    versioning: str
    default_version: str | None
    feature: str | None
    versions: tuple[VersionIntent, ...]
    declared_at: Location
    callers: Admitted | None = None
    """Services that may call it on the internal ring; None: any."""

    def is_known_on(self, ring: Audience) -> bool:
        return any(version.is_known_on(ring) for version in self.versions)


@dataclass(frozen=True, slots=True)
class TlsIntent:
    """Files of the operator's choice (absolute paths); None: the embedded CA issues."""

    certificate_file: str
    key_file: str


@dataclass(frozen=True, slots=True)
class TrustedProxiesIntent:
    networks: tuple[str, ...]
    proxy_protocol: str | None
    header: str | None
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentationIntent:
    """`listen`: loopback ADDRESS:PORT of the control plane's machine. `url`: what readers open; None: nobody said."""

    listen: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RingIntent:
    audience: Audience
    listeners: tuple[str, ...]
    hosts: tuple[str, ...]
    tls: TlsIntent | None
    mtls: bool
    service_token: bool
    api_key: bool
    authenticate_first: bool
    errors: str
    response_header_mode: str
    response_header_names: tuple[str, ...]
    networks: tuple[str, ...]
    log_client_address: str
    default_limit: Limit | None
    declared_at: Location
    bounds: Bounds = field(default=Bounds())
    trusted_proxies: TrustedProxiesIntent | None = None
    trace_context: str = "restart"
    # File of CAs that vouch for services beside the embedded one; its content is not the estate's.
    trust_bundle: str | None = None
    documentation: DocumentationIntent | None = None
    issuers: tuple[IssuerIntent, ...] = ()
    # Whether clients are asked for a certificate that tokens may be bound to.
    client_certificates: bool = False


@dataclass(frozen=True, slots=True)
class PlanIntent:
    """`scopes` None: every one."""

    name: str
    limit: Limit
    declared_at: Location
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PartnerIntent:
    """`versions`: API → versions the partner may use; None: every API of the ring, every version. `scopes` None: every
    one. `sunsets`: API → version → when it ends for the partner, seconds since the Unix epoch.
    """

    name: str
    limit: Limit
    features: tuple[str, ...]
    versions: dict[str, tuple[str, ...]] | None
    networks: tuple[str, ...]
    declared_at: Location
    scopes: tuple[str, ...] | None = None
    sunsets: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricsIntent:
    """`listen`: loopback ADDRESS:PORT of the gateway's machine."""

    listen: str
    max_series: int


@dataclass(frozen=True, slots=True)
class OtlpIntent:
    """`endpoint`: URL of one signal, path included. `headers`: name → reference of its value; `ca`: of a PEM."""

    endpoint: str
    headers: dict[str, str]
    ca: str | None = None

    @property
    def secrets(self) -> frozenset[str]:
        """References whose values gateways' machines need."""
        return frozenset((*self.headers.values(), *(() if self.ca is None else (self.ca,))))


@dataclass(frozen=True, slots=True)
class TracesIntent:
    """`otlp` None: spans stay in the access log."""

    sample_per_million: int
    otlp: OtlpIntent | None = None


@dataclass(frozen=True, slots=True)
class LogsIntent:
    otlp: OtlpIntent


@dataclass(frozen=True, slots=True)
class ObservabilityIntent:
    """What is None is off."""

    metrics: MetricsIntent | None = None
    traces: TracesIntent | None = None
    logs: LogsIntent | None = None


@dataclass(frozen=True, slots=True)
class SharedLimitsIntent:
    """Where `gateways` gateways keep limits together. `password` and `ca` by reference."""

    host: str
    port: int
    tls: bool
    database: int
    gateways: int
    username: str | None = None
    password: str | None = None
    ca: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """References whose values gateways need."""
        return tuple(sorted({reference for reference in (self.password, self.ca) if reference is not None}))


@dataclass(frozen=True, slots=True)
class Overridden:
    """A setting that the environment's file decided: of what (`kind`, `name`), which (`key`), and where it says so."""

    kind: str
    name: str
    key: str
    stated_at: Location

    def as_dict(self) -> dict[str, str]:
        """Plain JSON, for every reader."""
        return {"kind": self.kind, "name": self.name, "key": self.key, "stated_at": str(self.stated_at)}


@dataclass(frozen=True, slots=True)
class Intent:
    organization: str
    environment: str
    trust_domain: str
    rings: tuple[RingIntent, ...]
    apis: tuple[ApiIntent, ...]
    plans: tuple[PlanIntent, ...] = field(default=())
    partners: tuple[PartnerIntent, ...] = field(default=())
    cache_bytes: int | None = None
    """Memory of each gateway for responses; None where nothing is kept."""
    observability: ObservabilityIntent = field(default=ObservabilityIntent())
    shared_limits: SharedLimitsIntent | None = None
    """None: limits are each gateway's own."""
    overridden: tuple[Overridden, ...] = field(default=())
    people: PeopleIntent = field(default=PeopleIntent())
    """Of the control plane alone."""
    authorization: AuthorizationIntent | None = None
    """None: there is no authorization server."""

    def apis_of(self, names: Collection[str]) -> tuple[ApiIntent, ...]:
        """Those of `names` that are here."""
        return tuple(api for api in self.apis if api.name in names)
