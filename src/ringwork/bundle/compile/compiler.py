"""The compiler's one order of things: APIs to bundles, agreements, rings, manifest, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwork.audience import Audience
from ringwork.bundle.compile.agreements import agreements
from ringwork.bundle.compile.bundles import CompiledApi
from ringwork.bundle.compile.material import FORMAT, Material
from ringwork.bundle.compile.memo import Memo
from ringwork.bundle.compile.objects import Objects
from ringwork.bundle.compile.observability import observability
from ringwork.bundle.compile.rings import ring_manifest
from ringwork.bundle.compile.sharing import shared_limits
from ringwork.bundle.compile.sources import estate_sources
from ringwork.bundle.references import referenced_objects
from ringwork.intent.model import Intent
from ringwork.kernel.canonical import canonical_json, canonical_object, content_hash
from ringwork.kernel.clock import rfc3339

# Members of a manifest that say when and by whom it was written, not what is served.
_WRITTEN = ("revision", "created_at", "control_version")


@dataclass(frozen=True, slots=True)
class Compiled:
    """One revision in bytes.

    `objects`: SHA-256 (hex) → bundle or agreements, made when asked for where nothing changed. `manifest`: canonical
    JSON, not signed yet. `content`: hash of everything but revision number, time and writer; equal content needs no
    new revision. `sources`: where the estate's decisions come from, for the control plane only.
    """

    revision: int
    objects: Mapping[str, bytes]
    manifest: bytes
    content: str
    sources: bytes


def compile_intent(
    intent: Intent, *, revision: int, created_at: datetime, material: Material, memo: Memo | None = None
) -> Compiled:
    """`intent` as the bytes a gateway loads. Equal arguments give equal bytes (law 9)."""
    apis, fresh = (memo or Memo()).compiled(intent.apis)
    objects = Objects(apis, fresh)
    rings: dict[str, Any] = {}
    for ring in intent.rings:
        agreed = _agreements(intent, ring.audience, apis, objects)
        rings[ring.audience.label] = ring_manifest(ring, apis, agreements=agreed, material=material)
    content = _content(intent, rings)
    said = (revision, rfc3339(created_at), material.control_version)
    written = {name: canonical_json(value) for name, value in zip(_WRITTEN, said, strict=True)}
    return Compiled(
        revision=revision,
        objects=objects.only(name for ring in rings.values() for name in referenced_objects(ring)),
        manifest=canonical_object(content | written),
        content=content_hash(canonical_object(content)),
        sources=canonical_json(estate_sources(intent)),
    )


def _content(intent: Intent, rings: dict[str, Any]) -> dict[str, bytes]:
    """The manifest's members that say what is served, each as canonical JSON."""
    observed = observability(intent.observability)
    members = {
        "format": FORMAT,
        "requires": _required(intent),
        "organization": intent.organization,
        "environment": intent.environment,
        "trust_domain": intent.trust_domain,
        "rings": rings,
        **({"cache": {"max_bytes": intent.cache_bytes}} if intent.cache_bytes is not None else {}),
        **({"observability": observed} if observed else {}),
        **({"shared_limits": shared_limits(intent.shared_limits)} if intent.shared_limits else {}),
    }
    return {name: canonical_json(value) for name, value in members.items()}


def content_of(manifest: Mapping[str, Any]) -> str:
    """`Compiled.content` of a manifest that was compiled before."""
    return content_hash(canonical_json({name: manifest[name] for name in manifest if name not in _WRITTEN}))


def _required(intent: Intent) -> list[str]:
    """What a gateway must understand: one that does not would take proxies for clients, or allow limits in full."""
    shared = ["shared_limits"] if intent.shared_limits is not None else []
    return shared + (["trusted_proxies"] if any(ring.trusted_proxies for ring in intent.rings) else [])


def _agreements(intent: Intent, ring: Audience, apis: Sequence[CompiledApi], objects: Objects) -> str:
    """Adds the ring's agreements to `objects`; their content hash."""
    known = {api.intent.name: api.versions[ring] for api in apis if api.versions[ring]}
    return objects.add(canonical_json(agreements(intent, ring, known)))
