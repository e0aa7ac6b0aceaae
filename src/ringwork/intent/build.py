"""The estate becomes an intent: defaults are filled in here, and nowhere after."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import is_
from typing import Protocol, TypeVar

from ringwork.audience import RING_DEFAULTS, RINGS, Audience, narrowest
from ringwork.audience.defaults import OUTER_RESPONSE_HEADERS, Bounds
from ringwork.intent.authorization_server import build_authorization, own_issuer
from ringwork.intent.callers import build_admitted
from ringwork.intent.issuers import build_issuers
from ringwork.intent.lifecycle import build_lifecycle, build_sunsets
from ringwork.intent.limits import limit
from ringwork.intent.model import (
    ApiIntent,
    CacheIntent,
    CorsIntent,
    DocumentationIntent,
    Intent,
    Limit,
    ObserveIntent,
    PartnerIntent,
    PlanIntent,
    RingIntent,
    TlsIntent,
    TrustedProxiesIntent,
    VersionIntent,
    VersionShape,
    WebSocketIntent,
)
from ringwork.intent.observability import build_observability
from ringwork.intent.operators import build_group, build_people
from ringwork.intent.overridden import overridden_in
from ringwork.intent.people import PeopleIntent
from ringwork.intent.services import build_upstream
from ringwork.intent.sharing import build_shared_limits
from ringwork.kernel.clock import end_of_day
from ringwork.kernel.findings import Location
from ringwork.manifest.bounds import BoundsManifest
from ringwork.manifest.certificates import Pem
from ringwork.manifest.estate import Estate, LoadedApi, LoadedOrganization, LoadedPartner, LoadedPlan
from ringwork.manifest.organization import RingManifest
from ringwork.manifest.source import SourceFile

# What a page needs to call an API at all.
_CREDENTIAL_HEADERS = ("api-version", "authorization", "content-type", "x-api-key")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Part = TypeVar("Part", bound=_Named)

# API and version → what its contract decides, exposure first.
Shapes = Mapping[tuple[str, str], VersionShape]


class Standing(Protocol):
    """What is live, as far as the next change may leave parts of it as they are."""

    @property
    def plans(self) -> tuple[PlanIntent, ...]: ...

    @property
    def partners(self) -> tuple[PartnerIntent, ...]: ...

    @property
    def people(self) -> PeopleIntent: ...

    def apis_of(self, names: Collection[str]) -> tuple[ApiIntent, ...]: ...


@dataclass(frozen=True, slots=True)
class _Built:
    """An API's intent and all it was made of."""

    source: SourceFile
    pems: Mapping[str, Pem]
    organization: SourceFile
    shapes: tuple[VersionShape, ...]
    intent: ApiIntent


class IntentMemo:
    """The APIs of the last intent: one that is made of the same things is the same object."""

    def __init__(self) -> None:
        self._built: dict[str, _Built] = {}

    def apis(
        self, loaded: Collection[LoadedApi], organization: LoadedOrganization, shapes: Shapes
    ) -> tuple[ApiIntent, ...]:
        self._built = {api.name: self._api(api, organization, shapes) for api in loaded}
        return tuple(built.intent for built in self._built.values())

    def _api(self, api: LoadedApi, organization: LoadedOrganization, shapes: Shapes) -> _Built:
        before = self._built.get(api.name)
        made_of = tuple(shapes[api.name, version.name] for version in api.manifest.versions)
        if (
            before is not None
            and before.source is api.source
            and before.pems == api.pems
            and before.organization is organization.source
            and all(map(is_, before.shapes, made_of))
        ):
            return before
        intent = build_api(api, organization, shapes)
        if before is not None and before.intent == intent:
            intent = before.intent
        return _Built(api.source, api.pems, organization.source, made_of, intent)


def build_intent(
    estate: Estate, shapes: Shapes, standing: Standing | None = None, memo: IntentMemo | None = None
) -> Intent:
    """What the gateways must do for `estate`.

    `shapes` holds every version of every API that goes live. What is broken (an API with a version that is
    not in `shapes`, a partner or plan that was dropped while loading) is left out of the change (law 5): it
    stays as `standing`, the intent that is live, has it. What is in no file any more goes. Raises ValueError when
    the estate has no sound `ringwork.yaml`: nothing can be said then.
    """
    organization = estate.organization
    if organization is None:
        raise ValueError("an estate without organisation has no intent")
    complete = [api for api in estate.apis if _is_complete(api, shapes)]
    fresh = (memo or IntentMemo()).apis(complete, organization, shapes)
    broken = estate.api_names - {api.name for api in fresh}
    apis = _by_name((*fresh, *(standing.apis_of(broken) if standing else ())))
    plans = tuple(build_plan(plan) for plan in estate.plans)
    partners = tuple(build_partner(partner, organization) for partner in estate.partners)
    groups = tuple(build_group(group) for group in estate.groups)
    return Intent(
        organization=organization.manifest.organization,
        environment=organization.manifest.environment,
        trust_domain=organization.manifest.own_trust_domain,
        rings=tuple(build_ring(estate, organization, ring, apis) for ring in listening(organization)),
        apis=apis,
        plans=_or_standing(plans, standing.plans if standing else (), estate.plan_names),
        partners=_or_standing(partners, standing.partners if standing else (), estate.partner_names),
        cache_bytes=organization.manifest.cache.max_bytes if any(map(_keeps, apis)) else None,
        observability=build_observability(organization.manifest.observability),
        shared_limits=build_shared_limits(organization.manifest.shared_limits),
        overridden=overridden_in(estate),
        people=build_people(
            organization.manifest.people,
            _or_standing(groups, standing.people.groups if standing else (), estate.group_names),
        ),
        authorization=build_authorization(organization.manifest.authorization_server),
    )


def _keeps(api: ApiIntent) -> bool:
    return any(version.cache is not None for version in api.versions)


def _or_standing(
    fresh: tuple[Part, ...], standing: tuple[Part, ...], named: frozenset[str]
) -> tuple[Part, ...]:
    """`fresh`, and of `standing` what the estate still names without being sound; by name."""
    sound = {part.name for part in fresh}
    kept = (part for part in standing if part.name in named and part.name not in sound)
    return _by_name((*fresh, *kept))


def _by_name(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.name))


def listening(organization: LoadedOrganization) -> list[Audience]:
    """Rings that listen, innermost first."""
    return [ring for ring in RINGS if organization.manifest.rings.of(ring) is not None]


def _is_complete(api: LoadedApi, shapes: Shapes) -> bool:
    return all((api.name, version.name) in shapes for version in api.manifest.versions)


def build_api(api: LoadedApi, organization: LoadedOrganization, shapes: Shapes) -> ApiIntent:
    """One API; depends on its own files and the hosts its rings share."""
    manifest = api.manifest
    return ApiIntent(
        name=api.name,
        prefix=api.prefix,
        hosts={ring: hosts_on(api, ring, organization) for ring in listening(organization)},
        versioning=manifest.versioning,
        default_version=_default_version(api),
        feature=manifest.feature,
        versions=tuple(
            _version(api, index, shapes[api.name, version.name])
            for index, version in enumerate(manifest.versions)
        ),
        declared_at=Location(api.source.name),
        callers=build_admitted(manifest.callers),
    )


def hosts_on(api: LoadedApi, ring: Audience, organization: LoadedOrganization) -> tuple[str, ...]:
    """Hosts an API is served on: those it names, or all its ring shares; never another API's own."""
    return api.manifest.hosts.of(ring) or organization.manifest.shared_hosts(ring)


def _default_version(api: LoadedApi) -> str | None:
    versions = api.manifest.versions
    if api.manifest.versioning == "path":
        return None
    if len(versions) == 1:
        return versions[0].name
    return next((version.name for version in versions if version.default), None)


def _version(api: LoadedApi, index: int, shape: VersionShape) -> VersionIntent:
    version = api.manifest.versions[index]
    return VersionIntent(
        name=version.name,
        audience=narrowest((api.manifest.audience, version.audience or Audience.PUBLIC)),
        upstream=build_upstream(api, version),
        max_body_bytes={ring: _max_body_bytes(api, ring) for ring in RINGS},
        operations=shape.operations,
        declared_at=api.at("versions", index),
        websocket=_websocket(api),
        cors=_cors(api),
        compression={
            ring: codings for ring in RINGS if (codings := api.manifest.policies.of(ring).compression)
        },
        cache=_cache(api),
        exposed=shape.exposed,
        projections=shape.projections,
        validations=shape.validations,
        observe=_observe(api, index),
        lifecycle=build_lifecycle(api, index),
        scope_words=shape.scope_words,
    )


def _observe(api: LoadedApi, index: int) -> ObserveIntent | None:
    stated = api.manifest.versions[index].observe
    if stated is None:
        return None
    return ObserveIntent(end_of_day(stated.until), stated.reason, api.at("versions", index, "observe"))


def _cache(api: LoadedApi) -> CacheIntent | None:
    stated = api.manifest.cache
    if stated is None:
        return None
    return CacheIntent(
        operations=stated.operations,
        ttl_ms=stated.ttl,
        shared=stated.shared,
        vary=tuple(sorted(set(stated.vary))),
        stale_if_error_ms=stated.stale_if_error or 0,
        max_object_bytes=stated.max_object_bytes,
    )


def _cors(api: LoadedApi) -> CorsIntent | None:
    stated = api.manifest.cors
    if stated is None:
        return None
    return CorsIntent(
        origins=tuple(sorted(stated.origins)),
        headers=tuple(sorted({*_CREDENTIAL_HEADERS, *stated.headers})),
        expose=tuple(sorted(stated.expose)),
        credentials=stated.credentials,
        max_age_seconds=stated.max_age // 1_000,
    )


def _websocket(api: LoadedApi) -> WebSocketIntent | None:
    stated = api.manifest.websocket
    return None if stated is None else WebSocketIntent(stated.operations, stated.idle, stated.lifetime)


def _max_body_bytes(api: LoadedApi, ring: Audience) -> int:
    stated = api.manifest.policies.of(ring).max_body_bytes
    return RING_DEFAULTS[ring].max_body_bytes if stated is None else stated


def build_ring(
    estate: Estate, organization: LoadedOrganization, audience: Audience, apis: tuple[ApiIntent, ...]
) -> RingIntent:
    """One ring that listens: its defaults, as far as `ringwork.yaml` leaves them."""
    ring = organization.manifest.rings.of(audience)
    if ring is None:
        raise ValueError(f"the {audience.label} ring does not listen")
    defaults = RING_DEFAULTS[audience]
    proofs = ring.authentication
    return RingIntent(
        audience=audience,
        listeners=ring.listen,
        hosts=_ring_hosts(organization, audience, apis),
        tls=_tls(estate, ring),
        mtls=defaults.mtls if proofs.mtls is None else proofs.mtls,
        service_token=defaults.service_token if proofs.service_token is None else proofs.service_token,
        api_key=defaults.api_key if proofs.api_key is None else proofs.api_key,
        authenticate_first=defaults.authenticate_first,
        errors=defaults.errors,
        response_header_mode="only" if audience.is_outer else "all_but",
        response_header_names=_response_headers(audience, ring),
        networks=defaults.networks if ring.networks is None else ring.networks,
        log_client_address=ring.log.client_address or defaults.log_client_address,
        bounds=_bounds(ring.bounds, defaults.bounds),
        trusted_proxies=_trusted_proxies(ring),
        trace_context=ring.trace_context or defaults.trace_context,
        default_limit=_default_limit(audience, ring),
        declared_at=organization.source.key_at("rings", audience.label),
        trust_bundle=_trust_bundle(estate, ring),
        documentation=_documentation(ring),
        client_certificates=ring.client_certificates == "requested",
        issuers=(
            *build_issuers(estate.root, organization, audience),
            *own_issuer(organization, audience),
        ),
    )


def _documentation(ring: RingManifest) -> DocumentationIntent | None:
    stated = ring.documentation
    return None if stated is None else DocumentationIntent(stated.listen, stated.url)


def _trust_bundle(estate: Estate, ring: RingManifest) -> str | None:
    file = ring.authentication.trust_bundle
    return None if file is None else str(estate.root.absolute() / file)


def _bounds(stated: BoundsManifest, defaults: Bounds) -> Bounds:
    return Bounds(
        connections=_or(stated.connections, defaults.connections),
        connections_per_address=_or(stated.connections_per_address, defaults.connections_per_address),
        handshake_ms=_or(stated.handshake, defaults.handshake_ms),
        request_head_ms=_or(stated.request_head, defaults.request_head_ms),
        idle_ms=_or(stated.idle, defaults.idle_ms),
        lifetime_ms=_or(stated.lifetime, defaults.lifetime_ms),
        body_grace_ms=_or(stated.body_grace, defaults.body_grace_ms),
        body_bytes_per_second=_or(stated.body_bytes_per_second, defaults.body_bytes_per_second),
        failed_authentications_per_minute=_or(
            stated.failed_authentications_per_minute, defaults.failed_authentications_per_minute
        ),
    )


def _trusted_proxies(ring: RingManifest) -> TrustedProxiesIntent | None:
    stated = ring.trusted_proxies
    if stated is None:
        return None
    return TrustedProxiesIntent(stated.networks, stated.proxy_protocol, stated.header, stated.services)


def _or(stated: int | None, default: int) -> int:
    return default if stated is None else stated


def _ring_hosts(
    organization: LoadedOrganization, audience: Audience, apis: tuple[ApiIntent, ...]
) -> tuple[str, ...]:
    """The ring's hosts, and the own hosts of APIs it sees: a certificate must not name what the ring hides."""
    shared = organization.manifest.shared_hosts(audience)
    with_own = (api for api in apis if not set(shared).issuperset(api.hosts.get(audience, ())))
    own = (host for api in with_own if api.is_known_on(audience) for host in api.hosts[audience])
    return tuple(dict.fromkeys((*shared, *own)))


def _response_headers(audience: Audience, ring: RingManifest) -> tuple[str, ...]:
    if not audience.is_outer:
        return ()
    return tuple(sorted({*OUTER_RESPONSE_HEADERS, *ring.response_headers.allow}))


def _tls(estate: Estate, ring: RingManifest) -> TlsIntent | None:
    if ring.tls is None:
        return None
    root = estate.root.resolve()
    return TlsIntent(str(root / ring.tls.certificate), str(root / ring.tls.key))


def _default_limit(audience: Audience, ring: RingManifest) -> Limit | None:
    defaults = RING_DEFAULTS[audience]
    per_minute = ring.limits.per_minute or defaults.limit_per_minute
    if per_minute is None:
        return None
    return limit(per_minute, ring.limits.burst_factor or defaults.burst_factor, ring.limits.per_day)


def build_plan(plan: LoadedPlan) -> PlanIntent:
    stated = plan.manifest.limits
    return PlanIntent(
        plan.name,
        limit(stated.per_minute, stated.burst_factor, stated.per_day),
        Location(plan.source.name),
        _scopes(plan.manifest.scopes),
    )


def _scopes(stated: Collection[str] | None) -> tuple[str, ...] | None:
    return None if stated is None else tuple(sorted({*stated}))


def build_partner(partner: LoadedPartner, organization: LoadedOrganization) -> PartnerIntent:
    """One agreement. Raises ValueError where nobody agreed limits; such a partner is dropped while loading."""
    manifest = partner.manifest
    ring = organization.manifest.rings.partner
    return PartnerIntent(
        name=partner.name,
        limit=_partner_limit(partner, ring),
        features=manifest.features,
        versions=None if manifest.versions is None else dict(manifest.versions),
        networks=manifest.networks,
        declared_at=Location(partner.source.name),
        scopes=_scopes(manifest.scopes),
        sunsets=build_sunsets(manifest),
    )


def _partner_limit(partner: LoadedPartner, ring: RingManifest | None) -> Limit:
    ring_limits = ring.limits if ring is not None else None
    factor = (ring_limits.burst_factor if ring_limits else None) or RING_DEFAULTS[
        Audience.PARTNER
    ].burst_factor
    stated = partner.manifest.limits
    if stated is not None:
        return limit(stated.per_minute, stated.burst_factor or factor, stated.per_day)
    if ring_limits is None or ring_limits.per_minute is None:
        raise ValueError(f"partner {partner.name} has no limits")
    return limit(ring_limits.per_minute, factor, ring_limits.per_day)
