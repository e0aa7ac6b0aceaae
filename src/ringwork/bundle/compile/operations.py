"""The path items of one API version as one ring may reach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ringwork.audience import Audience
from ringwork.intent.admitted import Admitted
from ringwork.intent.model import CacheIntent, EndingIntent, OperationIntent, VersionIntent

# Operation → place and name of the parameters that a ring may send; names of header fields in lower case.
Sent = Mapping[str, frozenset[tuple[str, str]]]


def visible(operation: OperationIntent, ring: Audience) -> bool:
    return operation.published.reaches(ring)


def demanded(version: VersionIntent, ring: Audience) -> list[str]:
    """What callers of the ring are asked for, insiders who they are, outsiders what they may; and whether what they
    write is on record.
    """
    served = [operation for operation in version.operations if visible(operation, ring)]
    kinds = {
        "bindings": ring.is_outer and any(operation.bindings for operation in served),
        "callers": not ring.is_outer and any(operation.callers for operation in served),
        "record": any(operation.record for operation in served),
        "scopes": ring.is_outer and any(operation.scopes for operation in served),
    }
    return [name for name, is_demanded in kinds.items() if is_demanded]


def path_items(version: VersionIntent, ring: Audience, sent: Sent) -> list[dict[str, Any]]:
    """Every template of the version, in order of template; hidden operations leave nothing but `hidden: true`.

    Templates of hidden operations must be there: a hidden operation that matches better has to win over a
    visible template, and be not-found (law 2). A hidden HEAD says so, because HEAD is GET where it is no
    operation of its own.
    """
    items: dict[str, dict[str, Any]] = {}
    for operation in version.operations:
        item = items.setdefault(
            operation.template, {"template": operation.template, "hidden": False, "operations": {}}
        )
        if visible(operation, ring):
            item["operations"][operation.method] = _operation(operation, version, ring, sent)
        else:
            item["hidden"] = True
            if operation.method == "HEAD":
                item["head_hidden"] = True
    return [items[template] for template in sorted(items)]


def _operation(
    operation: OperationIntent, version: VersionIntent, ring: Audience, sent: Sent
) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": operation.id,
        "max_body_bytes": version.max_body_bytes[ring],
        "feature": feature_gate(operation.feature, ring),
        # Of outer rings the projection has them, status by status.
        "response_headers": [] if ring.is_outer else sorted(operation.response_headers),
    }
    if ring.is_outer and operation.scopes:
        written["scopes"] = [list(scopes) for scopes in operation.scopes]
    if ring.is_outer and operation.bindings:
        written["bindings"] = [
            {"in": place, "name": name, "any": [_own(*own) for own in any]}
            for place, name, any in operation.bindings
        ]
    if not ring.is_outer and operation.callers:
        written["callers"] = [callers(one) for one in operation.callers]
    if not ring.is_outer and operation.groups:
        written["groups"] = [list(groups) for groups in operation.groups]
    if operation.record is not None:
        written["record"] = _record(*operation.record)
    tunnel = version.websocket
    if tunnel is not None and operation.method == "GET" and operation.id in tunnel.operations:
        written["websocket"] = {"idle_ms": tunnel.idle_ms, "lifetime_ms": tunnel.lifetime_ms}
    if version.cache is not None and version.cache.covers(operation):
        written["cache"] = _cache(version.cache)
    return written | _endings(operation, ring, sent)


def _endings(operation: OperationIntent, ring: Audience, sent: Sent) -> dict[str, Any]:
    """Of parameters those alone that the ring may send: nobody is told what is hidden by what ends."""
    shown = sent.get(operation.id, frozenset())
    parameters = [
        {"in": place, "name": name, "lifecycle": _ending(ending)}
        for place, name, ending in operation.ending_parameters
        if not ring.is_outer or (place, name) in shown
    ]
    return {
        **({} if operation.ending is None else {"lifecycle": _ending(operation.ending)}),
        **({"ending_parameters": parameters} if parameters else {}),
    }


def _ending(ending: EndingIntent) -> dict[str, Any]:
    return {name: value for name, value in asdict(ending).items() if value is not None}


def callers(admitted: Admitted) -> dict[str, list[str]]:
    named = {"services": list(admitted.services), "groups": list(admitted.groups)}
    return {kind: names for kind, names in named.items() if names}


def _record(kind: str, place: str, name: str, sensitive: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"type": kind, "in": place, "name": name}
    return {**record, "sensitive": True} if sensitive else record


def _own(kind: str, pointer: str) -> str | dict[str, str]:
    return {kind: pointer} if kind == "claim" else kind


def _cache(cache: CacheIntent) -> dict[str, Any]:
    return {
        **({} if cache.ttl_ms is None else {"ttl_ms": cache.ttl_ms}),
        "shared": cache.shared,
        **({"vary": list(cache.vary)} if cache.vary else {}),
        "stale_if_error_ms": cache.stale_if_error_ms,
        "max_object_bytes": cache.max_object_bytes,
    }


def feature_gate(feature: str | None, ring: Audience) -> str | None:
    """Features are part of partners' agreements: on other rings they gate nothing, so they are not named."""
    return feature if ring is Audience.PARTNER else None
