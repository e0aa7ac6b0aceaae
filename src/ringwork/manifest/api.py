"""`apis/<name>/api.yaml`: one API, its versions and where its requests go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ringwork.audience import Audience
from ringwork.manifest.callers import CallersManifest
from ringwork.manifest.classification import ClassificationManifest
from ringwork.manifest.lifecycle import Brownouts, EndingsByRing, GuideUrl
from ringwork.manifest.service import Upstream
from ringwork.manifest.traffic import CacheManifest, CorsManifest, WebSocketManifest
from ringwork.manifest.values import (
    AudienceWord,
    BodyBytes,
    Day,
    HostName,
    LongText,
    Manifest,
    Many,
    Name,
    Owner,
    Prefix,
    RelativeFile,
    Text,
    VersionName,
)


class HostsByRing(Manifest):
    """Hosts this API is served on, per ring; default: the ring's hosts. A host no ring names is this API's own."""

    internal: Annotated[Many[HostName], Field(max_length=100)] = ()
    partner: Annotated[Many[HostName], Field(max_length=100)] = ()
    public: Annotated[Many[HostName], Field(max_length=100)] = ()

    def of(self, audience: Audience) -> tuple[str, ...]:
        hosts: tuple[str, ...] = getattr(self, audience.label)
        return hosts


class PolicyManifest(Manifest):
    """What this API has different from its ring's default."""

    max_body_bytes: BodyBytes | None = None
    compression: Annotated[Many[Literal["gzip", "br", "zstd"]], Field(max_length=3)] = ()
    """Codings responses may be compressed with, preferred first; default: none."""


class PoliciesByRing(Manifest):
    """Policies per ring."""

    internal: PolicyManifest = PolicyManifest()
    partner: PolicyManifest = PolicyManifest()
    public: PolicyManifest = PolicyManifest()

    def of(self, audience: Audience) -> PolicyManifest:
        policy: PolicyManifest = getattr(self, audience.label)
        return policy


class ObserveManifest(Manifest):
    """For a contract that is not complete yet: what it does not know of requests and responses passes on outer rings,
    and is counted.
    """

    until: Day
    """The last day (UTC) of it: from the next on, it does not pass. What the contract hides never does."""
    reason: Text


class UnmatchedPatternsManifest(Manifest):
    """For patterns that nobody can match in linear time: whatever text stands in their place passes."""

    until: Day
    """The last day (UTC) of it: from the next on, outer rings are not served the operations that hold such patterns."""
    reason: Text


class VersionManifest(Manifest):
    """One version of the API."""

    name: VersionName
    """As callers write it: `/prefix/<name>/…` or `API-Version: <name>`."""
    document: RelativeFile
    """OpenAPI document, relative to the API's folder."""
    overlays: Annotated[Many[RelativeFile], Field(max_length=20)] = ()
    """OpenAPI overlays, applied in order."""
    state: Literal["supported", "deprecated", "sunset"] | None = None
    """For readers; what counts are the dates, by the gateway's clock. Default: what they say."""
    deprecated: Day | None = None
    """The first day (UTC) on which nobody should begin to use it; responses say so from now on (RFC 9745)."""
    sunset: Day | None = None
    """The first day (UTC) on which it is gone (RFC 8594): 410, where it was to be seen."""
    successor: VersionName | None = None
    """The version to move to."""
    migration_guide: GuideUrl | None = None
    """Where it is written how to move; responses and the 410 link there."""
    brownouts: Brownouts = ()
    """Between both days: when it answers 503 for a while."""
    rings: EndingsByRing = EndingsByRing()
    """Where a ring's dates or brownouts differ."""
    audience: AudienceWord | None = None
    """Nothing of this version reaches further out."""
    upstream: Upstream | None = None
    """Instead of the API's upstream."""
    default: bool = False
    """Served to callers that name no version (header versioning)."""
    observe: ObserveManifest | None = None
    """Default: what the contract does not know does not pass on an outer ring, in neither direction."""
    unmatched_patterns: UnmatchedPatternsManifest | None = None
    """Default: operations with patterns that cannot be matched in linear time are not served to outer rings."""


class ApiManifest(Manifest):
    """An API (`apis/<name>/api.yaml`)."""

    title: Text
    description: LongText | None = None
    owner: Owner
    audience: Annotated[AudienceWord, Field(json_schema_extra={"default": "internal"})] = Audience.INTERNAL
    """Nothing of this API reaches further out; operations still need a label of their own."""
    classification: ClassificationManifest | None = None
    """What is known of those who use it: the plan says where the estate contradicts it."""
    prefix: Prefix | None = None
    """Path it is served under; default `/<name>`, "/" is the root."""
    hosts: HostsByRing = HostsByRing()
    upstream: Upstream
    versioning: Literal["path", "header", "none"] = "path"
    """`none`: one version, and no version in the URL."""
    versions: Annotated[Many[VersionManifest], Field(min_length=1, max_length=100)]
    callers: CallersManifest | None = None
    """Services that may call it on the internal ring; default: any. Operations narrow it by `x-callers`."""
    feature: Name | None = None
    """Partners need this feature in their agreement to see the API at all."""
    policies: PoliciesByRing = PoliciesByRing()
    websocket: WebSocketManifest | None = None
    """Default: a request to upgrade is served as the plain request it also is."""
    cors: CorsManifest | None = None
    """Default: pages of other origins cannot call it."""
    cache: CacheManifest | None = None
    """Default: every request reaches the service."""
