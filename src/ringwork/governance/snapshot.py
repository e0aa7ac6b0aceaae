"""What an intent exposes, in a form that compares; kept with every revision for the next one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from ringwork.audience import Audience
from ringwork.intent.issuer import IssuerIntent
from ringwork.intent.model import (
    ApiIntent,
    Intent,
    LifecycleIntent,
    Limit,
    ObservabilityIntent,
    OperationIntent,
    OtlpIntent,
    PartnerIntent,
    PlanIntent,
    RingIntent,
    VersionIntent,
)
from ringwork.intent.people import GroupIntent, PeopleIntent
from ringwork.intent.serial import api_as_bytes, api_from_bytes, intent_as_dict, intent_from_dict
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.clock import written_day, written_moment

FORMAT = 3

# Places of an id that are a body's (`x-record`).
_BODIES = ("request", "response")

# Kind and name: ("partner", "globex").
Subject = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ExposedOperation:
    """An operation and the furthest ring that sees it; `because` is the place (file:line:column) that decides."""

    api: str
    version: str
    id: str
    method: str
    template: str
    published: Audience
    because: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when an operation changes its audience."""
        return (self.api, self.version, self.template, self.method)


class ApiExposure:
    """One API of a snapshot. `sha256` names its intent's bytes, and tells it from any other; the rest is worked out,
    or read, when somebody asks: a change concerns few of an organisation's APIs.
    """

    def __init__(self, sha256: str, load: Callable[[], ApiIntent]) -> None:
        self.sha256 = sha256
        self._load = load

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiExposure) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def intent(self) -> ApiIntent:
        """Raises ValueError or OSError where it was kept and cannot be read."""
        return self._load()

    @cached_property
    def reach(self) -> Mapping[str, Mapping[Audience, int]]:
        """Version → how many of its operations are published exactly so far."""
        return {
            version.name: Counter(operation.published for operation in version.operations)
            for version in self.intent.versions
        }

    @property
    def operations(self) -> list[ExposedOperation]:
        rows = [row for version in self.intent.versions for row in _operations(self.intent, version)]
        return sorted(rows, key=lambda row: row.key)

    @property
    def settings(self) -> Mapping[str, Any]:
        return _api(self.intent)


class ExposureMemo:
    """The APIs of the last snapshot: an intent that is the same object is not written down again."""

    def __init__(self) -> None:
        self._known: dict[str, ApiExposure] = {}

    def exposures(self, apis: Iterable[ApiIntent]) -> dict[str, ApiExposure]:
        self._known = {api.name: self._exposure(api) for api in apis}
        return dict(self._known)

    def of(self, name: str, sha256: str) -> ApiExposure | None:
        """What the last snapshot has of this API, if it is the same."""
        known = self._known.get(name)
        return known if known is not None and known.sha256 == sha256 else None

    def _exposure(self, api: ApiIntent) -> ApiExposure:
        known = self._known.get(api.name)
        if known is not None and known.intent is api:
            return known
        return ApiExposure(content_hash(api_as_bytes(api)), lambda: api)


@dataclass(frozen=True, slots=True)
class ExposureSnapshot:
    """All that compares: `estate` is the intent without its APIs, `apis` those, by name."""

    estate: Intent
    apis: Mapping[str, ApiExposure]

    @property
    def intent(self) -> Intent:
        """The whole of it."""
        return replace(self.estate, apis=tuple(api.intent for api in self.apis.values()))

    @property
    def operations(self) -> tuple[ExposedOperation, ...]:
        """Of all APIs, in order."""
        return tuple(row for name in sorted(self.apis) for row in self.apis[name].operations)

    @property
    def rings(self) -> tuple[Audience, ...]:
        """Those that listen."""
        return tuple(ring.audience for ring in self.estate.rings)

    @property
    def plans(self) -> tuple[PlanIntent, ...]:
        return self.estate.plans

    @property
    def partners(self) -> tuple[PartnerIntent, ...]:
        return self.estate.partners

    @property
    def people(self) -> PeopleIntent:
        return self.estate.people

    def apis_of(self, names: Collection[str]) -> tuple[ApiIntent, ...]:
        """Those of `names` that are here."""
        return tuple(self.apis[name].intent for name in sorted(names) if name in self.apis)

    @property
    def settings(self) -> Mapping[Subject, Mapping[str, Any]]:
        """Plain settings of rings, partners, plans, observability, limits and people; an API has its own."""
        settings: dict[Subject, Mapping[str, Any]] = {}
        settings |= {("ring", ring.audience.label): _ring(ring) for ring in self.estate.rings}
        settings |= {("partner", partner.name): _partner(partner) for partner in self.estate.partners}
        settings |= {("plan", plan.name): _plan(plan) for plan in self.estate.plans}
        settings |= {
            ("observability", kind): told for kind, told in _observability(self.estate.observability)
        }
        if self.estate.shared_limits is not None:
            settings["limits", "shared"] = _plain(self.estate.shared_limits)
        settings |= {("group", group.name): _group(group) for group in self.people.groups}
        settings |= {("people", kind): told for kind, told in _people(self.people)}
        if self.estate.authorization is not None:
            settings["authorization", "server"] = _plain(self.estate.authorization)
        return settings

    def as_dict(self) -> dict[str, Any]:
        """JSON that names its APIs; their bytes are `parts`. `from_dict` reads both back."""
        names = {name: api.sha256 for name, api in self.apis.items()}
        return {"format": FORMAT, "estate": intent_as_dict(self.estate), "apis": names}

    @property
    def parts(self) -> Mapping[str, bytes]:
        """SHA-256 → the intent of an API, made when it is asked for."""
        return _Parts({api.sha256: api for api in self.apis.values()})

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], part: Callable[[str], bytes], memo: ExposureMemo | None = None
    ) -> ExposureSnapshot:
        """`part` gives the bytes of an API's intent. Raises ValueError for anything `as_dict` did not write."""
        names = data.get("apis")
        if data.get("format") != FORMAT or not isinstance(names, dict):
            raise ValueError(f"this is no exposure snapshot of format {FORMAT}")
        known = memo or ExposureMemo()
        apis = {
            name: known.of(name, sha256) or ApiExposure(sha256, partial(_read_part, part, sha256))
            for name, sha256 in names.items()
        }
        return cls(intent_from_dict(data.get("estate", {})), apis)


class _Parts(Mapping[str, bytes]):
    def __init__(self, apis: Mapping[str, ApiExposure]) -> None:
        self._apis = apis

    def __getitem__(self, sha256: str) -> bytes:
        return api_as_bytes(self._apis[sha256].intent)

    def __iter__(self) -> Iterator[str]:
        return iter(self._apis)

    def __len__(self) -> int:
        return len(self._apis)


def _read_part(part: Callable[[str], bytes], sha256: str) -> ApiIntent:
    data = part(sha256)
    if content_hash(data) != sha256:
        raise ValueError(f"the part {sha256} has other content")
    return api_from_bytes(data)


def read_snapshot(file: Path, parts: Path, memo: ExposureMemo | None = None) -> ExposureSnapshot | None:
    """What the last applied revision exposes; None where nothing was applied yet. `parts`: the folder of its APIs.

    Raises ValueError when the file holds something else, OSError when it cannot be read.
    """
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    if not data:  # a revision whose sources were not kept
        return None
    return ExposureSnapshot.from_dict(data, lambda sha256: (parts / f"{sha256}.json").read_bytes(), memo)


def snapshot_of(intent: Intent, memo: ExposureMemo | None = None) -> ExposureSnapshot:
    """What `intent` exposes. Equal intents give equal snapshots (law 9)."""
    apis = (memo or ExposureMemo()).exposures(intent.apis)
    return ExposureSnapshot(estate=replace(intent, apis=()), apis=apis)


def _operations(api: ApiIntent, version: VersionIntent) -> list[ExposedOperation]:
    return [
        ExposedOperation(
            api=api.name,
            version=version.name,
            id=operation.id,
            method=operation.method,
            template=operation.template,
            published=operation.published,
            because=str(operation.decided_at or operation.declared_at),
        )
        for operation in version.operations
    ]


def _ring(ring: RingIntent) -> dict[str, Any]:
    return {
        "listen": list(ring.listeners),
        "hosts": list(ring.hosts),
        "tls": "own files" if ring.tls is not None else "embedded CA",
        "mtls": ring.mtls,
        **({"trust_bundle": ring.trust_bundle} if ring.trust_bundle else {}),
        "service_token": ring.service_token,
        "api_key": ring.api_key,
        **({"client_certificates": "requested"} if ring.client_certificates else {}),
        **({"issuers": {issuer.name: _issuer(issuer) for issuer in ring.issuers}} if ring.issuers else {}),
        "networks": list(ring.networks),
        **({"documentation": _plain(ring.documentation)} if ring.documentation else {}),
        "log_client_address": ring.log_client_address,
        "trace_context": ring.trace_context,
        "response_headers": list(ring.response_header_names),
        **_limit(ring.default_limit),
    }


def _issuer(issuer: IssuerIntent) -> dict[str, Any]:
    """Where it is written changes nothing."""
    said: dict[str, Any] = _plain(issuer)
    return {key: value for key, value in said.items() if key not in ("name", "declared_at")}


def _api(api: ApiIntent) -> dict[str, Any]:
    return {
        "prefix": api.prefix or "/",
        "hosts": {ring.label: list(hosts) for ring, hosts in api.hosts.items()},
        "versioning": api.versioning,
        "default_version": api.default_version,
        "feature": api.feature,
        "callers": "any service" if api.callers is None else _plain(api.callers),
        "upstreams": {version.name: _upstream(version) for version in api.versions},
        "max_body_bytes": {
            version.name: {ring.label: size for ring, size in version.max_body_bytes.items()}
            for version in api.versions
        },
        **_traffic(api),
        **_named_inside(api),
        **_recorded(api),
        **_ends(api),
    }


def _named_inside(api: ApiIntent) -> dict[str, Any]:
    """Operations that say who calls them on the internal ring."""

    def said(operation: OperationIntent) -> dict[str, Any] | None:
        if not operation.callers and not operation.groups:
            return None
        return {"callers": _plain(operation.callers), "groups": _plain(operation.groups)}

    return _of_operations("operations", api, said)


def _recorded(api: ApiIntent) -> dict[str, Any]:
    """Operations on record, as `x-record` says it."""

    def said(operation: OperationIntent) -> str | None:
        if operation.record is None:
            return None
        type, place, name, _ = operation.record
        return f"{type} {place}{'.body#' if place in _BODIES else '.'}{name}"

    return _of_operations("records", api, said)


def _of_operations(key: str, api: ApiIntent, said: Callable[[OperationIntent], Any]) -> dict[str, Any]:
    """Per version what is said of its operations; nothing where nothing is said of any."""
    told = {
        version.name: {one.id: what for one in version.operations if (what := said(one)) is not None}
        for version in api.versions
    }
    told = {name: operations for name, operations in told.items() if operations}
    return {key: told} if told else {}


def _ends(api: ApiIntent) -> dict[str, Any]:
    """Per version and ring; nothing where no end is decided."""
    said = {
        version.name: {ring.label: _end(stated) for ring, stated in version.lifecycle.items()}
        for version in api.versions
        if version.lifecycle
    }
    return {"ends": said} if said else {}


def _end(stated: LifecycleIntent) -> dict[str, Any]:
    """Days and moments as the estate writes them."""
    written = {
        "deprecated": written_day(stated.deprecated_at),
        "sunset": written_day(stated.sunset_at),
        "successor": stated.successor,
        "migration_guide": stated.guide,
        "brownouts": [[written_moment(begins), written_moment(ends)] for begins, ends in stated.brownouts],
    }
    return {name: value for name, value in written.items() if value}


def _traffic(api: ApiIntent) -> dict[str, Any]:
    """Nothing where nothing is said; the same for every version."""
    version = api.versions[0]
    said = {"websocket": version.websocket, "cors": version.cors, "cache": version.cache}
    codings = {ring.label: list(codings) for ring, codings in version.compression.items()}
    parts = {name: _plain(part) for name, part in said.items() if part is not None}
    return parts | ({"compression": codings} if codings else {})


def _upstream(version: VersionIntent) -> str:
    upstream = version.upstream
    if upstream.is_mock:
        return "mock:"
    host = f"[{upstream.host}]" if ":" in upstream.host else upstream.host
    return f"{'https' if upstream.tls else 'http'}://{host}:{upstream.port}{upstream.path}"


def _partner(partner: PartnerIntent) -> dict[str, Any]:
    versions = partner.versions
    return {
        **_limit(partner.limit),
        "features": list(partner.features),
        "versions": None if versions is None else {api: list(names) for api, names in versions.items()},
        "networks": list(partner.networks),
        **_scopes(partner.scopes),
        **_sunsets(partner),
    }


def _sunsets(partner: PartnerIntent) -> dict[str, Any]:
    ends = {
        api: {version: written_day(end) for version, end in ends.items()}
        for api, ends in partner.sunsets.items()
    }
    return {"sunsets": ends} if ends else {}


def _scopes(scopes: tuple[str, ...] | None) -> dict[str, Any]:
    return {} if scopes is None else {"scopes": list(scopes)}


def _observability(intent: ObservabilityIntent) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each kind that is on; headers as references."""
    if intent.metrics is not None:
        yield "metrics", _plain(intent.metrics)
    if intent.traces is not None:
        sampled = {"sample_per_million": intent.traces.sample_per_million}
        yield "traces", sampled | _otlp(intent.traces.otlp)
    if intent.logs is not None:
        yield "logs", _otlp(intent.logs.otlp)


def _otlp(intent: OtlpIntent | None) -> dict[str, Any]:
    if intent is None:
        return {"otlp": None}
    return {"otlp": intent.endpoint, "headers": intent.headers, "ca": intent.ca}


def _group(group: GroupIntent) -> dict[str, Any]:
    claims = {claim: list(values) for claim, values in group.claims.items()}
    granted = {} if group.grants is None else {"grants": _plain(group.grants)}
    services = {"services": list(group.services)} if group.services else {}
    return {"permissions": list(group.permissions), "claims": claims} | granted | services


def _people(people: PeopleIntent) -> Iterator[tuple[str, dict[str, Any]]]:
    """Nothing where nothing is said; secrets as references."""
    usual = PeopleIntent()
    if people.provider is not None:
        yield "provider", {"url": people.url} | _plain(people.provider)
    if people.notify is not None:
        yield "notify", _plain(people.notify)
    sessions = (people.lifetime_s, people.idle_s, people.recheck_s)
    if sessions != (usual.lifetime_s, usual.idle_s, usual.recheck_s):
        yield "sessions", dict(zip(("lifetime_s", "idle_s", "recheck_s"), sessions, strict=True))


def _plan(plan: PlanIntent) -> dict[str, Any]:
    return {**_limit(plan.limit), **_scopes(plan.scopes)}


def _limit(limit: Limit | None) -> dict[str, Any]:
    if limit is None:
        return {"per_minute": None, "burst": None, "per_day": None}
    return {"per_minute": limit.per_minute, "burst": limit.burst, "per_day": limit.per_day}


def _plain(value: Any) -> Any:
    """Plain JSON: what a plan says of it leaves through the admin API."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, list | tuple) else value
