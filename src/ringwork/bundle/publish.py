"""Publishing: objects first, then the manifest that names them, then the pointer a gateway follows.

Whatever a crash leaves behind is either complete or unreferenced; `prune` removes the latter.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ringwork.bundle.compile.compiler import referenced_objects
from ringwork.bundle.signing import manifest_payload
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.files import write_all_once, write_atomically

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
        self._objects = directory / "objects"
        self._manifests = directory / "manifests"
        for folder in (self._objects, self._manifests):
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, objects: dict[str, bytes], manifest: bytes) -> str:
        """Puts a revision on disk without making it current; returns the manifest's content hash.

        Objects that are there already are not written again: a change costs what changed.
        """
        write_all_once(self._objects, {f"{name}.json": data for name, data in objects.items()})
        name = content_hash(manifest)
        write_all_once(self._manifests, {f"{name}.jws": manifest})
        return name

    def point_to(self, pointer: Pointer) -> None:
        write_atomically(self._directory / "current", pointer.as_bytes())

    def current(self) -> Pointer | None:
        return read_pointer(self._directory / "current")

    def manifest(self, name: str) -> bytes:
        """The signed manifest with this content hash. Raises FileNotFoundError when it was pruned."""
        return (self._manifests / f"{name}.jws").read_bytes()

    def object(self, name: str) -> bytes:
        """The object with this content hash. Raises FileNotFoundError."""
        return (self._objects / f"{name}.json").read_bytes()

    def prune(self, kept_manifests: Iterable[str]) -> int:
        """Removes every object and manifest that `kept_manifests` do not need; returns how many."""
        kept = {name for name in kept_manifests if (self._manifests / f"{name}.jws").exists()}
        objects = {name for manifest in kept for name in self._objects_of(manifest)}
        return _remove_others(self._manifests, kept) + _remove_others(self._objects, objects)

    def _objects_of(self, manifest: str) -> list[str]:
        rings = manifest_payload(self.manifest(manifest))["rings"]
        return [name for ring in rings.values() for name in referenced_objects(ring)]


def _remove_others(folder: Path, kept: set[str]) -> int:
    removed = [path for path in folder.iterdir() if path.name.partition(".")[0] not in kept]
    for path in removed:
        # A folder is what a publication that was killed had begun.
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(removed)
