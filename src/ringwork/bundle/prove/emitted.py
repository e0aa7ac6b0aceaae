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


def bundles_of(manifest: Mapping[str, Any]) -> Iterator[NamedBundle]:
    """Every bundle an interpreted manifest names."""
    for ring, content in manifest["rings"].items():
        for index, route in enumerate(content["routes"]):
            routed = route["api"]
            for version, name in (routed["versions"] if routed is not None else {}).items():
                pointer = f"/rings/{ring}/routes/{index}/api/versions/{version}"
                objects = tuple(routed.get("objects") or ())
                yield NamedBundle(ring, routed["name"], version, name, pointer, objects)
