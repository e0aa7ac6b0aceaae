"""Secrets on their way to a gateway: one file of the node, open to its owner only, replaced as a whole.

Not in bundles: those are named by their content, kept for rollback, shown by `--dump` (docs/decisions/0009).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ringwork.control.secrets import Secrets, Unresolved
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically

FORMAT = 1

# Reference → value.
Values = Mapping[str, str]


class NodeSecrets:
    """The node beside the control plane. `path`: the file the gateway reads (`crates/server/src/secrets.rs`)."""

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self._path = path
        self._secrets = secrets
        self._needed: frozenset[str] = frozenset()

    def provide(self, references: Iterable[str]) -> None:
        """Brings the values of `references` to the node; those of the revision before stay for its last requests."""
        before, self._needed = self._needed, frozenset(references)
        self._bring(before | self._needed)

    def refresh(self) -> None:
        """What was set, rotated or removed since."""
        if self._needed:
            self._bring(self._needed | read_values(self._path).keys())

    def _bring(self, references: frozenset[str]) -> None:
        there = read_values(self._path)
        write_values(self._path, known_values(self._secrets, references, there))


def secrets_of(manifest: Mapping[str, Any]) -> set[str]:
    """References a manifest's bundles hold, and those its receivers of traces and logs and shared limits need."""
    beside = (manifest.get("observability", {}), manifest.get("shared_limits") or {})
    holders = (*manifest["rings"].values(), *beside)
    return {reference for holder in holders for reference in holder.get("secrets", ())}


def known_values(secrets: Secrets, references: Iterable[str], there: Values) -> dict[str, str]:
    """As far as they have one. A secret that was removed is gone; what a file or variable held stays (`there`)
    while it has none, because it may be on its way to being replaced.
    """
    found: dict[str, str] = {}
    for reference in sorted(references):
        try:
            found[reference] = secrets.value(reference)
        except Unresolved:
            if reference in there and not reference.startswith("secret://"):
                found[reference] = there[reference]
    return found


def values_hash(values: Values) -> str:
    """Tells whether two hold the same. For those who may know the values only."""
    return content_hash(canonical_json(dict(values)))


def read_values(path: Path) -> dict[str, str]:
    """What a node has; nothing where the file is missing or damaged."""
    try:
        written: dict[str, str] = json.loads(path.read_bytes())["secrets"]
    except (FileNotFoundError, ValueError, KeyError):
        return {}
    return written


def write_values(path: Path, values: Values) -> None:
    """Replaces the file, unless it says the same."""
    if dict(values) != read_values(path):
        private_directory(path.parent)
        data = canonical_json({"format": FORMAT, "secrets": dict(values)})
        write_atomically(path, data, mode=PRIVATE_FILE)
