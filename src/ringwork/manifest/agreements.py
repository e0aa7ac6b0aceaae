"""`partners/<name>.yaml` and `plans/<name>.yaml`: what consumers agreed to (requirement D2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ringwork.manifest.lifecycle import AgreedSunsetManifest
from ringwork.manifest.values import (
    BurstFactor,
    LongText,
    Manifest,
    Many,
    Name,
    Network,
    PerDay,
    PerMinute,
    Scope,
    SecretReference,
    Text,
    VersionName,
)

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Scopes = Annotated[Many[Scope], Field(max_length=255)]
Milliseconds = Annotated[int, Field(ge=1, le=600_000)]
WebhookUrl = Annotated[
    str,
    Field(pattern=r"^https://[^\s/?#@]+(/[^\s#]*)?$", max_length=2000, json_schema_extra={"format": "uri"}),
]


class PartnerLimitsManifest(Manifest):
    """Negotiated limits, across all keys of the partner."""

    per_minute: PerMinute
    """Requests per minute that are sustained."""
    per_day: PerDay | None = None
    """Requests per UTC day."""
    burst_factor: BurstFactor | None = None
    """Requests at once, as a factor of `per_minute`; default of the partner ring: 1.5."""


class SlaOverridesManifest(Manifest):
    """What was negotiated beyond the tier."""

    availability_percent: Percent | None = None
    latency_p95_ms: Milliseconds | None = None
    latency_p99_ms: Milliseconds | None = None
    error_rate_percent: Percent | None = None
    support_response_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    credit_percent: Percent | None = None


class SlaManifest(Manifest):
    """Service level agreement."""

    tier: Literal["standard", "premium", "enterprise"] = "standard"
    overrides: SlaOverridesManifest = SlaOverridesManifest()


class SupportManifest(Manifest):
    """Who helps this partner."""

    contact: Text | None = None
    channel: Text | None = None
    escalation: Annotated[Many[Text], Field(max_length=20)] = ()
    """Whom to call next, in order."""


class WebhookEndpointManifest(Manifest):
    """Where events are delivered."""

    url: WebhookUrl
    events: Annotated[Many[Text], Field(min_length=1, max_length=200)]


class WebhooksManifest(Manifest):
    """Events this partner is sent."""

    endpoints: Annotated[Many[WebhookEndpointManifest], Field(max_length=50)] = ()
    secret: SecretReference | None = None
    """Signing secret, by reference."""
    retry: Literal["standard", "aggressive"] = "standard"


class PartnerManifest(Manifest):
    """A consumer with an agreement (`partners/<name>.yaml`)."""

    title: Text
    description: LongText | None = None
    limits: PartnerLimitsManifest | None = None
    """Required unless the partner ring has limits."""
    features: Annotated[Many[Name], Field(max_length=200)] = ()
    """Features this partner has; they open APIs and operations that ask for them."""
    versions: Mapping[str, Annotated[Many[VersionName], Field(min_length=1)]] | None = None
    """API → versions this partner may use; an API that is not here does not exist for them. Absent: all."""
    sunsets: Annotated[Many[AgreedSunsetManifest], Field(max_length=1000)] = ()
    """When versions end for this partner, as it acknowledged."""
    networks: Annotated[Many[Network], Field(max_length=1000)] = ()
    """Client networks this partner may call from; empty means any."""
    scopes: Scopes | None = None
    """Scopes that keys and tokens of this partner carry at most; absent: every one."""
    sla: SlaManifest | None = None
    support: SupportManifest | None = None
    webhooks: WebhooksManifest | None = None


class PlanLimitsManifest(Manifest):
    """Limits of every key under the plan."""

    per_minute: PerMinute
    """Requests per minute that are sustained."""
    per_day: PerDay | None = None
    """Requests per UTC day."""
    burst_factor: BurstFactor = 1.0
    """Requests at once, as a factor of `per_minute`."""


class PriceManifest(Manifest):
    """What the plan costs."""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")]
    """Decimal number in quotes: money is never a float."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """ISO 4217 code."""
    per: Literal["month", "year", "call", "thousand-calls"] = "month"


class PlanManifest(Manifest):
    """What a key may do (`plans/<name>.yaml`)."""

    title: Text
    description: LongText | None = None
    limits: PlanLimitsManifest
    scopes: Scopes | None = None
    """Scopes that keys and tokens under the plan carry at most; absent: every one."""
    price: PriceManifest | None = None
