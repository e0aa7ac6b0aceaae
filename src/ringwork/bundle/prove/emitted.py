"""What a compiler made, in bytes: all that a proof looks at of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class NamedBundle(NamedTuple):
    """A bundle as one route names it; `pointer` is where in the manifest. `objects`: what a node is sent with it."""

    ring: str
    api: str
    version: str
    name: str
    pointer: str
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Emitted:
    """`manifest`: its payload, canonical JSON, unsigned. `objects`: SHA-256 (hex) → bytes, asked for as needed."""

    manifest: bytes
    objects: Mapping[str, bytes]


def bundles_of(ring: str, routed: Mapping[str, Any], pointer: str) -> Iterator[NamedBundle]:
    """Every bundle that one route names, by version. `routed`: where it leads, at `pointer` of the manifest."""
    objects = tuple(routed.get("objects") or ())
    for version, name in routed["versions"].items():
        yield NamedBundle(ring, routed["name"], version, name, f"{pointer}/versions/{version}", objects)
