"""What each revision was made of. Content-addressed: an unchanged API is stored once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ringwork.control.contracts import ContractArchive, Contracts, files_of_all
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.files import rewrite, write_atomically
from ringwork.kernel.objects import ObjectFolder


class SourceArchive:
    """`control/revisions`: `<number>.json` names the objects of a revision."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._objects = ObjectFolder(directory / "objects", ".json")
        self._texts = ContractArchive(directory / "contracts")
        self._names_of_index: dict[str, frozenset[str]] = {}
        self._files_of_contracts: dict[str, frozenset[str]] = {}
        self._documented = ("", False)

    def write(
        self,
        revision: int,
        *,
        estate: bytes,
        snapshot: bytes,
        parts: Mapping[str, bytes],
        contracts: Contracts | None = None,
    ) -> None:
        """`estate`: places of rings, plans and partners. `snapshot`: what the revision exposes, for the next plan to
        compare with; it names the intent of every API, `parts` has their bytes by SHA-256. `contracts`: what they were
        made of.
        """
        written = {"estate": estate, "snapshot": snapshot}
        if contracts is not None:
            self._texts.write(files_of_all(contracts.apis), contracts.texts)
            written["contracts"] = canonical_json(dict(contracts.apis))
        index = {kind: content_hash(data) for kind, data in written.items()}
        self._objects.write({index[kind]: data for kind, data in written.items()})
        self._objects.write(parts)
        rewrite(self._index(revision), canonical_json(index))

    def copy(self, revision: int, *, to: int) -> None:
        """A rolled-back revision's decisions are those of the one it repeats."""
        write_atomically(self._index(to), self._index(revision).read_bytes())

    def estate(self, revision: int) -> dict[str, Any]:
        """Places of rings, plans and partners; empty when the revision is not kept any more."""
        return self._json(self._indexed(revision).get("estate"))

    def snapshot(self, revision: int) -> bytes | None:
        """What the revision exposes, as it was written; None when it is not kept any more."""
        return self._read(self._indexed(revision).get("snapshot"))

    def api(self, revision: int, name: str) -> bytes | None:
        """The intent of one API, as it was written; None when unknown."""
        return self._read(self._apis(revision).get(name))

    def contracts(self, revision: int) -> dict[str, Any]:
        """`Contracts.apis` of the revision; empty when nothing is kept any more."""
        return self._json(self._indexed(revision).get("contracts"))

    def is_documented(self, revision: int) -> bool:
        """Whether a ring of the revision has readers. What a snapshot says of that is read once."""
        name = self._indexed(revision).get("snapshot", "")
        if name != self._documented[0]:
            rings = self._json(name).get("estate", {}).get("rings", ())
            self._documented = (name, any(ring.get("documentation") for ring in rings))
        return self._documented[1]

    def contract_text(self, sha256: str) -> bytes:
        """A file that `contracts` names. Raises FileNotFoundError."""
        return self._texts.read(sha256)

    def identity(self, revision: int) -> tuple[str, ...]:
        """Changes with anything that is kept of the revision."""
        return tuple(self._indexed(revision).values())

    def part(self, sha256: str) -> bytes:
        """The intent of an API that a snapshot names. Raises FileNotFoundError."""
        return self._objects.read(sha256)

    def prune(self, kept: Collection[int]) -> None:
        """Removes the sources of every other revision."""
        indices = {f"{number}.json" for number in kept}
        for path in self._directory.glob("*.json"):
            if path.name not in indices:
                path.unlink(missing_ok=True)
        before, self._names_of_index = self._names_of_index, {}
        for index in indices:
            self._names_of_index[index] = before.get(index) or self._named_by(index)
        self._objects.keep(frozenset().union(*self._names_of_index.values()))
        files, self._files_of_contracts = self._files_of_contracts, {}
        for number in kept:
            name = self._indexed(number).get("contracts", "")
            self._files_of_contracts[name] = files.get(name) or files_of_all(self._json(name))
        self._texts.keep(frozenset().union(*self._files_of_contracts.values()))

    def _named_by(self, index: str) -> frozenset[str]:
        number = int(index.removesuffix(".json"))
        return frozenset((*self._indexed(number).values(), *self._apis(number).values()))

    def _apis(self, revision: int) -> dict[str, str]:
        """API → SHA-256 of its intent."""
        return dict(self._json(self._indexed(revision).get("snapshot")).get("apis", {}))

    def _index(self, revision: int) -> Path:
        return self._directory / f"{revision}.json"

    def _indexed(self, revision: int) -> dict[str, str]:
        index = self._index(revision)
        return dict(json.loads(index.read_bytes())) if index.exists() else {}

    def _json(self, name: str | None) -> dict[str, Any]:
        data = self._read(name)
        return {} if data is None else dict(json.loads(data))

    def _read(self, name: str | None) -> bytes | None:
        try:
            return None if name is None else self._objects.read(name)
        except FileNotFoundError:
            return None
