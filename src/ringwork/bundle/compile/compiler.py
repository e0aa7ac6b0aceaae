"""The compiler's one order of things: APIs to bundles, agreements, rings, manifest, sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwork.audience import Audience
from ringwork.bundle.compile.agreements import agreements
from ringwork.bundle.compile.bundles import CompiledApi, compile_api
from ringwork.bundle.compile.material import FORMAT, Material
from ringwork.bundle.compile.rings import ring_manifest
from ringwork.bundle.compile.sources import api_sources, estate_sources
from ringwork.intent.model import ApiIntent, Intent
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Compiled:
    """One revision in bytes.

    `objects`: SHA-256 (hex) → bundle or agreements. `manifest`: canonical JSON, not signed yet.
    `content`: hash of everything but revision number, time and writer; equal content needs no new revision.
    `sources` and `api_sources` (API → canonical JSON): where decisions come from, for the control plane only.
    """

    revision: int
    objects: dict[str, bytes]
    manifest: bytes
    content: str
    sources: bytes
    api_sources: dict[str, bytes]


class Memo:
    """What the last compilation made of each API: an API equal to the one before is not compiled again.

    Holds the APIs of one revision, no more.
    """

    def __init__(self) -> None:
        self._apis: dict[str, tuple[CompiledApi, bytes]] = {}

    def compiled(self, apis: tuple[ApiIntent, ...]) -> list[tuple[CompiledApi, bytes]]:
        """Bundles and sources of every API, by name."""
        by_name = sorted(apis, key=lambda api: api.name)
        self._apis = {api.name: self._one(api) for api in by_name}
        return list(self._apis.values())

    def _one(self, api: ApiIntent) -> tuple[CompiledApi, bytes]:
        before = self._apis.get(api.name)
        if before is not None and before[0].intent == api:
            return before
        return compile_api(api), canonical_json(api_sources(api))


def compile_intent(
    intent: Intent, *, revision: int, created_at: datetime, material: Material, memo: Memo | None = None
) -> Compiled:
    """`intent` as the bytes a gateway loads. Equal arguments give equal bytes (law 9)."""
    compiled = (memo or Memo()).compiled(intent.apis)
    apis = [api for api, _ in compiled]
    objects = {name: data for api in apis for name, data in api.objects.items()}
    rings: dict[str, Any] = {}
    for ring in intent.rings:
        agreed = _agreements(intent, ring.audience, apis, objects)
        rings[ring.audience.label] = ring_manifest(ring, apis, agreements=agreed, material=material)
    content = _content(intent, rings)
    written = {
        "revision": revision,
        "created_at": rfc3339(created_at),
        "control_version": material.control_version,
    }
    return Compiled(
        revision=revision,
        objects=_referenced(objects, rings),
        manifest=canonical_json(content | written),
        content=content_hash(canonical_json(content)),
        sources=canonical_json(estate_sources(intent)),
        api_sources={api.intent.name: places for api, places in compiled},
    )


def _content(intent: Intent, rings: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "requires": [],
        "organization": intent.organization,
        "environment": intent.environment,
        "trust_domain": intent.trust_domain,
        "rings": rings,
    }


def _agreements(
    intent: Intent, ring: Audience, apis: Sequence[CompiledApi], objects: dict[str, bytes]
) -> str:
    """Adds the ring's agreements to `objects`; their content hash."""
    known = {api.intent.name: api.versions[ring] for api in apis if api.versions[ring]}
    data = canonical_json(agreements(intent, ring, known))
    name = content_hash(data)
    objects[name] = data
    return name


def _referenced(objects: dict[str, bytes], rings: dict[str, Any]) -> dict[str, bytes]:
    """Only what the manifest names: a ring the estate does not run sends nothing to a gateway."""
    return {name: objects[name] for ring in rings.values() for name in referenced_objects(ring)}


def referenced_objects(ring: dict[str, Any]) -> list[str]:
    """Content hashes that one ring of a manifest names."""
    routed = [route["api"] for route in ring["routes"] if route["api"] is not None]
    return [ring["agreements"], *(name for api in routed for name in api["versions"].values())]
