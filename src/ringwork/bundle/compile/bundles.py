"""Bundles: one API version as one ring may reach it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ringwork.audience import RINGS, Audience
from ringwork.bundle.compile.material import FORMAT
from ringwork.bundle.compile.operations import path_items
from ringwork.bundle.compile.upstreams import upstream
from ringwork.intent.model import ApiIntent, VersionIntent
from ringwork.kernel.canonical import canonical_json, content_hash


@dataclass(frozen=True, slots=True)
class CompiledApi:
    """The bundles of one API: ring → version → content hash. Their bytes are `compile_api`'s again, when asked for."""

    intent: ApiIntent
    versions: dict[Audience, dict[str, str]]

    @property
    def names(self) -> list[str]:
        """Content hashes of its bundles."""
        return [name for versions in self.versions.values() for name in versions.values()]


def compile_api(api: ApiIntent) -> tuple[CompiledApi, dict[str, bytes]]:
    """The API's bundles, and their bytes by content hash. Depends on the API alone, so that a change of one API
    costs that API.
    """
    versions: dict[Audience, dict[str, str]] = {ring: {} for ring in RINGS}
    objects: dict[str, bytes] = {}
    for ring in RINGS:
        for version in api.versions:
            if not version.is_known_on(ring):
                continue
            data = canonical_json(_bundle(api, version, ring))
            name = content_hash(data)
            objects[name] = data
            versions[ring][version.name] = name
    return CompiledApi(api, versions), objects


def _bundle(api: ApiIntent, version: VersionIntent, ring: Audience) -> dict[str, Any]:
    cors = version.cors if ring is Audience.PUBLIC else None
    codings = version.compression.get(ring)
    return {
        **({"compression": {"codings": list(codings)}} if codings else {}),
        **({"cors": asdict(cors)} if cors is not None else {}),
        "format": FORMAT,
        "requires": [],
        "ring": ring.label,
        "api": api.name,
        "version": version.name,
        "upstream": upstream(version.upstream),
        "paths": path_items(version, ring),
    }
