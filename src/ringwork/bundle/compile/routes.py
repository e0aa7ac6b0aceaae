"""Host and prefix → API, per ring; and tombstones where a hidden API lies inside a visible one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ringwork.audience import Audience
from ringwork.bundle.compile.bundles import CompiledApi
from ringwork.bundle.compile.operations import feature_gate
from ringwork.intent.model import ApiIntent


class _Index(NamedTuple):
    """Prefix → APIs that have it; prefix → APIs at it or below it."""

    exact: dict[str, list[ApiIntent]]
    inside: dict[str, list[ApiIntent]]


def routes(apis: Sequence[CompiledApi], ring: Audience) -> list[dict[str, Any]]:
    """Routes of `ring`, by prefix and hosts. What the ring must not know is named by at most its prefix."""
    visible = [api for api in apis if api.versions[ring]]
    hidden = [api.intent for api in apis if not api.versions[ring]]
    table = [_route(api.intent, ring, _routed(api, ring)) for api in visible]
    table += [_route(api, ring, None) for api in _tombstones(hidden, [api.intent for api in visible], ring)]
    return sorted(_unique(table), key=lambda route: (route["prefix"], route["hosts"]))


def _route(api: ApiIntent, ring: Audience, routed: dict[str, Any] | None) -> dict[str, Any]:
    return {"hosts": sorted(hosts_of(api, ring)), "prefix": api.prefix, "api": routed}


def _routed(api: CompiledApi, ring: Audience) -> dict[str, Any]:
    versions = api.versions[ring]
    default = api.intent.default_version
    return {
        "name": api.intent.name,
        "versioning": api.intent.versioning,
        "default_version": default if default in versions else None,
        "versions": versions,
        "objects": api.beside[ring],
        "feature": feature_gate(api.intent.feature, ring),
    }


def hosts_of(api: ApiIntent, ring: Audience) -> tuple[str, ...]:
    """Hosts of the ring on which the API is served; empty: all of them."""
    return api.hosts.get(ring, ())


def _tombstones(hidden: Iterable[ApiIntent], visible: Sequence[ApiIntent], ring: Audience) -> list[ApiIntent]:
    """Hidden APIs whose requests a visible API would carry if the route were simply absent."""
    index = _by_prefix(visible)
    return [api for api in hidden if any(_would_carry(other, api, ring) for other in _related(api, index))]


def _by_prefix(apis: Iterable[ApiIntent]) -> _Index:
    exact: dict[str, list[ApiIntent]] = {}
    inside: dict[str, list[ApiIntent]] = {}
    for api in apis:
        exact.setdefault(api.prefix, []).append(api)
        for prefix in _enclosing(api.prefix):
            inside.setdefault(prefix, []).append(api)
    return _Index(exact, inside)


def _enclosing(prefix: str) -> list[str]:
    """`/a/b` → `/a/b`, `/a`, and the empty prefix."""
    segments = prefix.split("/")[1:]
    return ["".join(f"/{segment}" for segment in segments[:count]) for count in range(len(segments), -1, -1)]


def _related(api: ApiIntent, index: _Index) -> list[ApiIntent]:
    """Visible APIs whose prefix encloses `api`'s, equals it, or lies inside it."""
    around = [other for prefix in _enclosing(api.prefix) for other in index.exact.get(prefix, ())]
    return [*index.inside.get(api.prefix, ()), *around]


def _would_carry(visible: ApiIntent, hidden: ApiIntent, ring: Audience) -> bool:
    """The gateway tries routes by host, then longest prefix: would the hidden one have come first?"""
    visible_hosts, hidden_hosts = hosts_of(visible, ring), hosts_of(hidden, ring)
    if visible_hosts and hidden_hosts and not set(visible_hosts) & set(hidden_hosts):
        return False
    nested = len(hidden.prefix) > len(visible.prefix)
    named_before_any = bool(hidden_hosts) and not visible_hosts
    return nested or named_before_any


def _unique(table: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two hidden APIs may leave the same tombstone."""
    kept: dict[tuple[str, tuple[str, ...], bool], dict[str, Any]] = {}
    for route in table:
        kept.setdefault((route["prefix"], tuple(route["hosts"]), route["api"] is None), route)
    return list(kept.values())
