"""Bundles: one API version as one ring may reach it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, NamedTuple

from ringwork.audience import RINGS, Audience
from ringwork.bundle.compile.lifecycle import lifecycle
from ringwork.bundle.compile.material import FORMAT
from ringwork.bundle.compile.operations import Sent, callers, demanded, path_items
from ringwork.bundle.compile.upstreams import upstream
from ringwork.intent.model import ApiIntent, VersionIntent
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.packed import unpack

# Of a version whose contract was not compiled for a ring.
_HASHED = b'"mask":"hash"'  # no text within JSON has bare quotes
NOTHING_LEAVES = canonical_json({"format": FORMAT, "nodes": [], "operations": {}})


@dataclass(frozen=True, slots=True)
class CompiledApi:
    """The bundles of one API: ring → version → content hash. All bytes are `compile_api`'s again, when asked for."""

    intent: ApiIntent
    versions: dict[Audience, dict[str, str]]
    beside: dict[Audience, list[str]]
    """Ring → content hashes of the objects that its bundles name, in order."""
    hashing: frozenset[Audience] = frozenset()
    """Rings on which values leave as a hash of themselves: their gateways need the key for it."""

    @property
    def names(self) -> list[str]:
        """Content hashes of its bundles, and of what they name."""
        bundles = [name for versions in self.versions.values() for name in versions.values()]
        return [*bundles, *(name for names in self.beside.values() for name in names)]


def compile_api(api: ApiIntent) -> tuple[CompiledApi, dict[str, bytes]]:
    """The API's bundles, and their bytes by content hash. Depends on the API alone, so that a change of one API
    costs that API.
    """
    versions: dict[Audience, dict[str, str]] = {ring: {} for ring in RINGS}
    beside: dict[Audience, list[str]] = {ring: [] for ring in RINGS}
    objects: dict[str, bytes] = {}
    hashing: set[Audience] = set()
    # Rings that see the same are sent the same objects.
    named = cache(_named)
    for ring in RINGS:
        for version in api.versions:
            if not version.is_known_on(ring):
                continue
            projection, validation = named(_projection(version, ring)), _validation(version, ring)
            rules = None if validation is None else named(validation)
            bundle = _named(canonical_json(_bundle(api, version, ring, projection, rules)))
            besides = [one for one in (projection, rules) if one is not None]
            versions[ring][version.name] = bundle.name
            beside[ring] += (one.name for one in besides)
            objects |= {one.name: one.data for one in (bundle, *besides)}
            if ring.is_outer and _HASHED in projection.data:
                hashing.add(ring)
    in_order = {ring: sorted(set(names)) for ring, names in beside.items()}
    return CompiledApi(api, versions, in_order, frozenset(hashing)), objects


class _Named(NamedTuple):
    """Bytes by the hash of their content."""

    name: str
    data: bytes


def _named(written: str | bytes) -> _Named:
    """`written`: bytes, or what `pack` made of them."""
    data = unpack(written) if isinstance(written, str) else written
    return _Named(content_hash(data), data)


def _projection(version: VersionIntent, ring: Audience) -> str | bytes:
    """An object of its own: thousands of fields that few changes touch."""
    packed = version.projections.get(ring)
    return NOTHING_LEAVES if packed is None else packed


def _validation(version: VersionIntent, ring: Audience) -> str | bytes | None:
    """Of a version whose contract was not compiled for an outer ring, nothing may be sent."""
    packed = version.validations.get(ring)
    if packed is not None:
        return packed
    served = (operation for operation in version.operations if operation.published.reaches(ring))
    nothing: dict[str, Any] = {operation.id: {} for operation in served}
    return canonical_json({"format": FORMAT, "operations": nothing}) if ring.is_outer else None


def _bundle(
    api: ApiIntent, version: VersionIntent, ring: Audience, projection: _Named, validation: _Named | None
) -> dict[str, Any]:
    cors = version.cors if ring is Audience.PUBLIC else None
    codings = version.compression.get(ring)
    return {
        **({"compression": {"codings": list(codings)}} if codings else {}),
        **({"cors": asdict(cors)} if cors is not None else {}),
        "format": FORMAT,
        **_callers(api, ring),
        **lifecycle(api, version, ring),
        "requires": _required(api, version, ring),
        "ring": ring.label,
        "api": api.name,
        "version": version.name,
        "upstream": upstream(version.upstream),
        "paths": path_items(version, ring, _sent(version, validation)),
        "projection": _enforced(projection, version, ring),
        **({} if validation is None else {"validation": _enforced(validation, version, ring)}),
    }


def _sent(version: VersionIntent, validation: _Named | None) -> Sent:
    """What requests of an outer ring may send beside their body, of versions in which any of it ends."""
    if validation is None or not any(operation.ending_parameters for operation in version.operations):
        return {}
    rules: dict[str, Any] = json.loads(validation.data)["operations"]
    return {
        id: frozenset(
            (one["in"], one["name"].lower() if one["in"] == "header" else one["name"])
            for one in rule.get("parameters", ())
        )
        for id, rule in rules.items()
    }


def _callers(api: ApiIntent, ring: Audience) -> dict[str, Any]:
    """On outer rings callers are those who have an agreement, and services are named to nobody."""
    return {} if ring.is_outer or api.callers is None else {"callers": callers(api.callers)}


def _required(api: ApiIntent, version: VersionIntent, ring: Audience) -> list[str]:
    """What a gateway must understand: one that does not would let pass what must not."""
    held_to = ["projection", "validation"] if ring.is_outer else list(_callers(api, ring))
    return sorted({*held_to, *demanded(version, ring)})


def _enforced(named: _Named, version: VersionIntent, ring: Audience) -> dict[str, Any]:
    return {"object": named.name, **_enforcement(version, ring)}


def _enforcement(version: VersionIntent, ring: Audience) -> dict[str, Any]:
    """Insiders are told; outsiders are not shown."""
    if not ring.is_outer:
        return {"mode": "report"}
    if version.observe is not None:
        return {"mode": "observe", "until": version.observe.until}
    return {"mode": "enforce"}
