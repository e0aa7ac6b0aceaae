"""A partner as gateways treat it now: its agreement of the published revision, what it sees, what it used, its keys."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringwork.audience import Audience
from ringwork.bundle.publish import Publication
from ringwork.control.control import Control
from ringwork.control.views import key
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.explain import load_wall
from ringwork.intent.model import ApiIntent, OperationIntent
from ringwork.intent.serial import api_from_bytes
from ringwork.kernel.clock import rfc3339
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean

_RING = Audience.PARTNER
_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Agreement:
    """What gateways hold a partner to. `versions` None: every version the ring has."""

    limit: Mapping[str, Any]
    features: frozenset[str]
    versions: Mapping[str, Collection[str]] | None
    networks: tuple[str, ...]

    def allows(self, api: str, version: str) -> bool:
        return self.versions is None or version in self.versions.get(api, ())

    def has(self, feature: str | None) -> bool:
        return feature is None or feature in self.features

    def values(self) -> dict[str, Any]:
        """As `partner_origins` calls them."""
        versions = None
        if self.versions is not None:
            versions = {api: sorted(names) for api, names in self.versions.items()}
        return {
            "limits.per_minute": self.limit["per_minute"],
            "limits.per_day": self.limit.get("per_day"),
            "limits.burst": self.limit["burst"],
            "features": sorted(self.features),
            "versions": versions,
            "networks": list(self.networks),
        }


def partner_view(name: str, node: NodeDirectory, control: Control) -> dict[str, Any]:
    """Raises Refused: nothing is published, or no partner of this name."""
    wall = load_wall(node)
    manifest = wall.manifest()
    ring = manifest["rings"].get(_RING.label)
    if ring is None:
        help = "Open it: `rings: {partner: ...}` in ringwork.yaml."
        raise Refused("ring-unknown", "the applied estate has no partner ring", help, status=404)
    agreement = _agreement(name, json.loads(Publication(node.published).object(ring["agreements"])))
    opened, closed = _seen(agreement, ring, wall.revision, control)
    account, now = control.accounts.of_partner(name), control.keys.now()
    return {
        "partner": name,
        "revision": wall.revision,
        "environment": manifest["environment"],
        "account": None
        if account is None
        else {
            "id": account.id,
            "state": account.state,
            "suspended_because": account.suspended_because,
        },
        "values": agreement.values(),
        "ring_networks": list(ring.get("networks", ())),
        "proofs": _proofs(ring["authentication"], name),
        "use": _use(name, agreement, node.root / "limits" / "day.ndjson", now),
        "visible": opened,
        "closed": closed,
        "keys": [key(each, now) for each in control.keys.of_partner(name)],
    }


def _agreement(name: str, agreements: Mapping[str, Any]) -> Agreement:
    partners = agreements["partners"]
    if name not in partners:
        message = f'the applied estate has no partner "{name}"'
        raise Refused("partner-unknown", message, did_you_mean(name, partners), status=404)
    said = partners[name]
    return Agreement(said["limit"], frozenset(said["features"]), said["versions"], tuple(said["networks"]))


def _seen(
    agreement: Agreement, ring: Mapping[str, Any], revision: int, control: Control
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Versions with the operations that are there for the partner; and what is on the ring and not there for it."""
    opened, closed = [], []
    routed = {route["api"]["name"] for route in ring["routes"] if route["api"] is not None}
    for api in sorted(routed):
        stored = control.sources.api(revision, api)
        if stored is not None:
            for shown, hidden in _versions(api_from_bytes(stored), agreement):
                opened += [shown] if shown["operations"] else []
                closed += hidden
    return opened, closed


def _versions(api: ApiIntent, agreement: Agreement) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    found: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for version in api.versions:
        if not version.is_known_on(_RING):
            continue
        place = {"api": api.name, "version": version.name}
        published = [each for each in version.operations if each.published.reaches(_RING)]
        because = _closed_because(api, version.name, agreement)
        if because is not None:
            found.append((place | {"operations": []}, [place | {"operation": None, "because": because}]))
            continue
        there = [each for each in published if agreement.has(each.feature)]
        missing = [each for each in published if not agreement.has(each.feature)]
        shown = place | {"feature": api.feature, "operations": [_operation(each) for each in there]}
        found.append((shown, [place | _lacking(each) for each in missing]))
    return found


def _closed_because(api: ApiIntent, version: str, agreement: Agreement) -> str | None:
    if not agreement.has(api.feature):
        return f"feature {api.feature}"
    return None if agreement.allows(api.name, version) else "versions"


def _operation(operation: OperationIntent) -> dict[str, Any]:
    told = {"operation": operation.id, "method": operation.method, "path": operation.template}
    return told | {
        "feature": operation.feature,
        "because": str(operation.decided_at or operation.declared_at),
    }


def _lacking(operation: OperationIntent) -> dict[str, Any]:
    return {"operation": operation.id, "because": f"feature {operation.feature}"}


def _proofs(authentication: Mapping[str, Any], name: str) -> dict[str, Any]:
    """How the ring knows the partner."""
    issuers = [
        each["name"]
        for each in authentication.get("access_tokens", ())
        if each["callers"].get("kind") in ("partners", "clients")
    ]
    return {
        "api_key": bool(authentication.get("api_key")),
        "certificates": authentication.get("mtls") is not None,
        "issuers": issuers,
    }


def _use(name: str, agreement: Agreement, file: Path, now: datetime) -> dict[str, Any]:
    """Of the gateway here, as it keeps its counters of the day (UTC), to the second; each elsewhere has its own."""
    day = int(now.timestamp()) // _SECONDS_PER_DAY
    used = None if agreement.limit.get("per_day") is None else _used(file, day).get(f"partner:{name}", 0)
    return {
        "day": rfc3339(datetime.fromtimestamp(day * _SECONDS_PER_DAY, UTC))[:10],
        "requests": used,
        "per_day": agreement.limit.get("per_day"),
    }


def _used(file: Path, day: int) -> dict[str, int]:
    """Later lines on top of earlier ones; one that is being written is passed over."""
    found: dict[str, int] = {}
    try:
        with file.open("rb") as lines:
            for line in lines:
                try:
                    window = json.loads(line)
                except ValueError:
                    continue
                if window.get("day") == day:
                    found |= window["used"]
    except FileNotFoundError:
        pass
    return found
