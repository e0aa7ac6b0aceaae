"""Secrets on their way to the gateway: one file of the node, open to its owner only, replaced as a whole.

Not in bundles: those are named by their content, kept for rollback, shown by `--dump` (docs/decisions/0008).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ringwork.control.secrets import Secrets, Unresolved
from ringwork.kernel.canonical import canonical_json
from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically

FORMAT = 1


class NodeSecrets:
    """`path`: the file the gateway reads (`crates/server/src/secrets.rs`)."""

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self._path = path
        self._secrets = secrets
        self._needed: frozenset[str] = frozenset()

    def provide(self, references: Iterable[str]) -> None:
        """Brings the values of `references` to the node; those of the revision before stay for its last requests."""
        before, self._needed = self._needed, frozenset(references)
        self._write(before | self._needed)

    def refresh(self) -> None:
        """What was set, rotated or removed since."""
        if self._needed:
            self._write(self._needed | self._read().keys())

    def _write(self, references: frozenset[str]) -> None:
        there = self._read()
        found = {reference: self._value(reference, there) for reference in sorted(references)}
        values = {reference: value for reference, value in found.items() if value is not None}
        if values != there:
            private_directory(self._path.parent)
            data = canonical_json({"format": FORMAT, "secrets": values})
            write_atomically(self._path, data, mode=PRIVATE_FILE)

    def _value(self, reference: str, there: dict[str, str]) -> str | None:
        try:
            return self._secrets.value(reference)
        except Unresolved:
            # A secret that was removed is gone; a file or variable may be on its way to being replaced.
            return None if reference.startswith("secret://") else there.get(reference)

    def _read(self) -> dict[str, str]:
        try:
            written: dict[str, str] = json.loads(self._path.read_bytes())["secrets"]
        except (FileNotFoundError, ValueError, KeyError):
            return {}
        return written
