"""Publishing: objects first, then the manifest that names them, then the pointer a gateway follows.

Whatever a crash leaves behind is either complete or unreferenced; `prune` removes the latter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ringwork.bundle.references import referenced_objects
from ringwork.bundle.signing import shared_payload
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.files import write_atomically
from ringwork.kernel.objects import ObjectFolder

KEPT_REVISIONS = 20


@dataclass(frozen=True, slots=True)
class Pointer:
    """Contents of `current` and `accepted`."""

    revision: int
    manifest: str

    def as_bytes(self) -> bytes:
        return canonical_json({"revision": self.revision, "manifest": self.manifest})


def read_pointer(path: Path) -> Pointer | None:
    """The pointer at `path`; None when there is none yet, or none that can be read: the store has it too."""
    try:
        given = json.loads(path.read_bytes())
        return Pointer(revision=int(given["revision"]), manifest=str(given["manifest"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


class Publication:
    """The folder `node/published`: content-addressed objects and manifests, and `current`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._objects = ObjectFolder(directory / "objects", ".json")
        self._manifests = ObjectFolder(directory / "manifests", ".jws")
        self._named: dict[str, frozenset[str]] = {}

    def write(self, objects: Mapping[str, bytes], manifest: bytes) -> str:
        """Puts a revision on disk without making it current; returns the manifest's content hash.

        Objects that are there already, whole, are not written again: a change costs what changed.
        """
        self._objects.write(objects)
        name = content_hash(manifest)
        self._manifests.write({name: manifest})
        return name

    def heal(self, objects: Mapping[str, bytes]) -> int:
        """Writes those of a revision's objects anew that are missing or damaged; how many that were."""
        return self._objects.heal(objects)

    def holds(self, name: str) -> bool:
        return self._objects.has(name)

    def is_whole(self, manifest: str) -> bool:
        """Whether the manifest and all it names are there with the content their names say."""
        return self._manifests.has(manifest) and all(map(self._objects.has, self._objects_of(manifest)))

    def forget_current(self) -> None:
        """As if nothing had been published yet; what is on disk stays."""
        (self._directory / "current").unlink(missing_ok=True)

    def point_to(self, pointer: Pointer) -> None:
        write_atomically(self._directory / "current", pointer.as_bytes())

    def current(self) -> Pointer | None:
        return read_pointer(self._directory / "current")

    def manifest(self, name: str) -> bytes:
        """The signed manifest with this content hash. Raises FileNotFoundError when it was pruned, or is damaged."""
        return self._manifests.read(name)

    def object(self, name: str) -> bytes:
        """The object with this content hash. Raises FileNotFoundError."""
        return self._objects.read(name)

    def prune(self, kept_manifests: Iterable[str]) -> int:
        """Removes every object and manifest that `kept_manifests` do not need; returns how many."""
        kept = {name for name in kept_manifests if self._manifests.has(name)}
        self._named = {name: self._named.get(name) or self._objects_of(name) for name in kept}
        return self._manifests.keep(kept) + self._objects.keep(frozenset().union(*self._named.values()))

    def _objects_of(self, manifest: str) -> frozenset[str]:
        rings = shared_payload(self.manifest(manifest))["rings"]
        return frozenset(name for ring in rings.values() for name in referenced_objects(ring))
