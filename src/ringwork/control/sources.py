"""Where each decision of a revision was written down. Content-addressed: an unchanged API is stored once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.files import write_all_once, write_atomically


class SourceArchive:
    """`control/revisions`: `<number>.json` names the objects of a revision."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._objects = directory / "objects"
        self._objects.mkdir(parents=True, exist_ok=True)

    def write(self, revision: int, *, estate: bytes, apis: dict[str, bytes], snapshot: bytes) -> None:
        """`snapshot` is what the revision exposes (`governance.snapshot`), for the next plan to compare with."""
        index = {
            "estate": content_hash(estate),
            "apis": {name: content_hash(data) for name, data in apis.items()},
            "snapshot": content_hash(snapshot),
        }
        objects = (estate, snapshot, *apis.values())
        write_all_once(self._objects, {f"{content_hash(data)}.json": data for data in objects})
        write_atomically(self._index(revision), canonical_json(index))

    def copy(self, revision: int, *, to: int) -> None:
        """A rolled-back revision's decisions are those of the one it repeats."""
        write_atomically(self._index(to), self._index(revision).read_bytes())

    def estate(self, revision: int) -> dict[str, Any]:
        """Places of rings, plans and partners; empty when the revision is not kept any more."""
        return self._read(self._names(revision).get("estate"))

    def snapshot(self, revision: int) -> dict[str, Any]:
        """What the revision exposes, as it was written; empty when it is not kept any more."""
        return self._read(self._names(revision).get("snapshot"))

    def api(self, revision: int, name: str) -> dict[str, Any]:
        """Places of one API, its versions and operations; empty when unknown."""
        return self._read(self._names(revision).get("apis", {}).get(name))

    def prune(self, kept: Iterable[int]) -> None:
        """Removes the sources of every other revision."""
        kept_names = {f"{number}.json" for number in kept}
        for path in self._directory.glob("*.json"):
            if path.name not in kept_names:
                path.unlink(missing_ok=True)
        named = {name for index in kept_names for name in self._named_by(self._directory / index)}
        for path in self._objects.iterdir():
            if path.is_dir():
                shutil.rmtree(path)  # begun by a publication that was killed
            elif path.stem not in named:
                path.unlink(missing_ok=True)

    def _named_by(self, index: Path) -> list[str]:
        if not index.exists():
            return []
        names = json.loads(index.read_bytes())
        return [names["estate"], names["snapshot"], *names["apis"].values()]

    def _index(self, revision: int) -> Path:
        return self._directory / f"{revision}.json"

    def _names(self, revision: int) -> dict[str, Any]:
        index = self._index(revision)
        return dict(json.loads(index.read_bytes())) if index.exists() else {}

    def _read(self, name: str | None) -> dict[str, Any]:
        path = self._objects / f"{name}.json"
        return dict(json.loads(path.read_bytes())) if name is not None and path.exists() else {}
