"""`environments/<name>.yaml`: what one environment has different, and nothing a ring could see more by.

Whatever is not here is the same everywhere. Audience, authentication, features, versions and response headers are
not here on purpose: what was reviewed in one environment is what the next one shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from ringwork.manifest.agreements import PartnerManifest, PlanManifest
from ringwork.manifest.api import ApiManifest, HostsByRing, VersionManifest
from ringwork.manifest.authorization import EnvironmentAuthorizationServerManifest
from ringwork.manifest.bounds import BoundsManifest
from ringwork.manifest.documentation import DocumentationManifest
from ringwork.manifest.issuers import IssuerManifest
from ringwork.manifest.observability import (
    LogsManifest,
    MetricsManifest,
    ObservabilityManifest,
    Otlp,
    TracesManifest,
)
from ringwork.manifest.organization import (
    OrganizationManifest,
    RingLimitsManifest,
    RingManifest,
    TlsManifest,
)
from ringwork.manifest.people import EnvironmentPeopleManifest
from ringwork.manifest.service import Upstream
from ringwork.manifest.sharing import SharedLimitsManifest
from ringwork.manifest.trust import TrustedProxiesManifest
from ringwork.manifest.values import HostName, ListenAddress, LongText, Manifest, Many, Name, Network


class EnvironmentLimitsManifest(RingLimitsManifest):
    """Limits; what is left out stays as the estate has it."""


class EnvironmentRingManifest(Manifest):
    """What a ring has different here."""

    differs_from: ClassVar[type[BaseModel] | None] = RingManifest

    listen: Annotated[Many[ListenAddress], Field(min_length=1, max_length=16)] | None = None
    """Instead of the ring's addresses."""
    hosts: Annotated[Many[HostName], Field(min_length=1, max_length=100)] | None = None
    """Instead of the ring's hosts; default `<ring>.<domain>`."""
    tls: TlsManifest | None = None
    """Instead of the ring's certificate."""
    networks: Annotated[Many[Network], Field(max_length=1000)] | None = None
    """Instead of the ring's networks."""
    limits: EnvironmentLimitsManifest = EnvironmentLimitsManifest()
    bounds: BoundsManifest = BoundsManifest()
    """Bounds; what is left out stays as the estate has it."""
    trusted_proxies: TrustedProxiesManifest | None = None
    """Instead of the ring's trusted proxies."""
    documentation: DocumentationManifest | None = None
    """Instead of the ring's documentation."""


class EnvironmentRingsManifest(Manifest):
    """Rings of `ringwork.yaml`; an environment opens none of its own."""

    internal: EnvironmentRingManifest | None = None
    partner: EnvironmentRingManifest | None = None
    public: EnvironmentRingManifest | None = None


class EnvironmentVersionManifest(Manifest):
    """What a version has different here."""

    differs_from: ClassVar[type[BaseModel] | None] = VersionManifest

    upstream: Upstream | None = None
    """As the API's, for this version alone."""


class EnvironmentApiManifest(Manifest):
    """What an API has different here."""

    differs_from: ClassVar[type[BaseModel] | None] = ApiManifest

    upstream: Upstream | None = None
    """Where the service runs: `url`, `endpoints`, `host`, `tls` and `credential` come from here alone; the rest of
    `upstream` stays as `api.yaml` has it."""
    hosts: HostsByRing | None = None
    """Instead of the API's own hosts, per ring."""
    versions: Mapping[str, EnvironmentVersionManifest] = {}
    """By the version's name."""


class EnvironmentPlanManifest(Manifest):
    """What a plan has different here."""

    differs_from: ClassVar[type[BaseModel] | None] = PlanManifest

    limits: EnvironmentLimitsManifest = EnvironmentLimitsManifest()


class EnvironmentPartnerManifest(Manifest):
    """What a partner has different here."""

    differs_from: ClassVar[type[BaseModel] | None] = PartnerManifest

    limits: EnvironmentLimitsManifest = EnvironmentLimitsManifest()
    networks: Annotated[Many[Network], Field(max_length=1000)] | None = None
    """Instead of the partner's networks."""


class EnvironmentMetricsManifest(Manifest):
    """Metrics; what is left out stays as the estate has it."""

    differs_from: ClassVar[type[BaseModel] | None] = MetricsManifest

    listen: ListenAddress | None = None
    """Instead of the estate's address: two environments on one machine need two."""


class EnvironmentTracesManifest(Manifest):
    """Traces; what is left out stays as the estate has it."""

    differs_from: ClassVar[type[BaseModel] | None] = TracesManifest

    sample: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """Instead of the estate's share."""
    otlp: Otlp | None = None
    """Instead of the estate's receiver, headers included."""


class EnvironmentLogsManifest(Manifest):
    """The access log elsewhere; what is left out stays as the estate has it."""

    differs_from: ClassVar[type[BaseModel] | None] = LogsManifest

    otlp: Otlp | None = None
    """Instead of the estate's receiver, headers included."""


class EnvironmentObservabilityManifest(Manifest):
    """What operators are told here."""

    differs_from: ClassVar[type[BaseModel] | None] = ObservabilityManifest

    metrics: EnvironmentMetricsManifest | None = None
    traces: EnvironmentTracesManifest | None = None
    logs: EnvironmentLogsManifest | None = None


class EnvironmentManifest(Manifest):
    """What one environment has different (`environments/<name>.yaml`)."""

    differs_from: ClassVar[type[BaseModel] | None] = OrganizationManifest

    description: LongText | None = None
    domain: HostName | None = None
    """Instead of the organisation's: rings are reached at `<ring>.<domain>` unless they name hosts."""
    trust_domain: HostName | None = None
    """SPIFFE trust domain of services here; default: `<environment>.<the organisation's trust domain>`, and for
    the environment of `ringwork.yaml` that one itself."""
    rings: EnvironmentRingsManifest = EnvironmentRingsManifest()
    issuers: Annotated[Mapping[Name, IssuerManifest], Field(max_length=20)] = {}
    """Issuers of `ringwork.yaml`, by name, each instead of the estate's as a whole; on no other rings."""
    observability: EnvironmentObservabilityManifest = EnvironmentObservabilityManifest()
    shared_limits: SharedLimitsManifest | None = None
    """Instead of the estate's as a whole."""
    people: EnvironmentPeopleManifest = EnvironmentPeopleManifest()
    authorization_server: EnvironmentAuthorizationServerManifest = EnvironmentAuthorizationServerManifest()
    apis: Mapping[str, EnvironmentApiManifest] = {}
    """By the API's name."""
    plans: Mapping[str, EnvironmentPlanManifest] = {}
    """By the plan's name."""
    partners: Mapping[str, EnvironmentPartnerManifest] = {}
    """By the partner's name."""
