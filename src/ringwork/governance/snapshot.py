"""What an intent exposes, in a form that compares; kept with every revision for the next one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork.audience import Audience
from ringwork.intent.model import (
    ApiIntent,
    Intent,
    Limit,
    PartnerIntent,
    PlanIntent,
    RingIntent,
    VersionIntent,
)
from ringwork.intent.serial import intent_as_dict, intent_from_dict

FORMAT = 2

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


@dataclass(frozen=True, slots=True)
class ExposureSnapshot:
    """Operations in order, the rings that listen, and plain settings of rings, APIs, partners and plans.

    All of it is read off `intent`, which is what is written down.
    """

    intent: Intent
    operations: tuple[ExposedOperation, ...]
    rings: tuple[Audience, ...]
    settings: Mapping[Subject, Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """JSON; `from_dict` reads it back."""
        return {"format": FORMAT, "intent": intent_as_dict(self.intent)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExposureSnapshot:
        """Raises ValueError for anything `as_dict` did not write."""
        if data.get("format") != FORMAT or not isinstance(data.get("intent"), dict):
            raise ValueError(f"this is no exposure snapshot of format {FORMAT}")
        return snapshot_of(intent_from_dict(data["intent"]))


def read_snapshot(file: Path) -> ExposureSnapshot | None:
    """What the last applied revision exposes; None where nothing was applied yet.

    Raises ValueError when the file holds something else, OSError when it cannot be read.
    """
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    return ExposureSnapshot.from_dict(data) if data else None  # empty: a revision whose sources were not kept


def snapshot_of(intent: Intent) -> ExposureSnapshot:
    """What `intent` exposes. Equal intents give equal snapshots (law 9)."""
    operations = [row for api in intent.apis for version in api.versions for row in _operations(api, version)]
    settings: dict[Subject, Mapping[str, Any]] = {}
    settings |= {("ring", ring.audience.label): _ring(ring) for ring in intent.rings}
    settings |= {("api", api.name): _api(api) for api in intent.apis}
    settings |= {("partner", partner.name): _partner(partner) for partner in intent.partners}
    settings |= {("plan", plan.name): _plan(plan) for plan in intent.plans}
    return ExposureSnapshot(
        intent=intent,
        operations=tuple(sorted(operations, key=lambda row: row.key)),
        rings=tuple(ring.audience for ring in intent.rings),
        settings=settings,
    )


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
        "service_token": ring.service_token,
        "api_key": ring.api_key,
        "networks": list(ring.networks),
        "log_client_address": ring.log_client_address,
        "response_headers": list(ring.response_header_names),
        **_limit(ring.default_limit),
    }


def _api(api: ApiIntent) -> dict[str, Any]:
    return {
        "prefix": api.prefix or "/",
        "hosts": {ring.label: list(hosts) for ring, hosts in api.hosts.items()},
        "versioning": api.versioning,
        "default_version": api.default_version,
        "feature": api.feature,
        "upstreams": {version.name: _upstream(version) for version in api.versions},
        "max_body_bytes": {
            version.name: {ring.label: size for ring, size in version.max_body_bytes.items()}
            for version in api.versions
        },
    }


def _upstream(version: VersionIntent) -> str:
    upstream = version.upstream
    host = f"[{upstream.host}]" if ":" in upstream.host else upstream.host
    return f"{'https' if upstream.tls else 'http'}://{host}:{upstream.port}{upstream.path}"


def _partner(partner: PartnerIntent) -> dict[str, Any]:
    versions = partner.versions
    return {
        **_limit(partner.limit),
        "features": list(partner.features),
        "versions": None if versions is None else {api: list(names) for api, names in versions.items()},
        "networks": list(partner.networks),
    }


def _plan(plan: PlanIntent) -> dict[str, Any]:
    return _limit(plan.limit)


def _limit(limit: Limit | None) -> dict[str, Any]:
    if limit is None:
        return {"per_minute": None, "burst": None, "per_day": None}
    return {"per_minute": limit.per_minute, "burst": limit.burst, "per_day": limit.per_day}
