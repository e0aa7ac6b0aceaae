"""The contracts of a revision, as files: what its documentation is made of, whatever the estate says by now."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringwork.kernel.canonical import content_hash
from ringwork.kernel.files import private_directory, write_all
from ringwork.kernel.together import together

# Quick: what is kept is read by few.
_LEVEL = 4
_WRITTEN_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Contracts:
    """`apis`: name → what the documentation of an API needs, JSON, with `files`: name → [canonical name, SHA-256].
    `texts`: SHA-256 → bytes, read when asked for.
    """

    apis: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


def files_of_all(apis: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The SHA-256 of every file of `Contracts.apis`."""
    return frozenset(sha256 for api in apis.values() for _, sha256 in api["files"].values())


class ContractArchive:
    """`<sha256>.gz`, compressed; the name is that of the content."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, names: Collection[str], texts: Mapping[str, bytes]) -> None:
        """Keeps those of `names` that are not there yet; only their bytes are asked for."""
        missing = [name for name in sorted(names) if not self._file(name).exists()]
        if missing:
            private_directory(self._directory)
        for first in range(0, len(missing), _WRITTEN_TOGETHER):
            some = missing[first : first + _WRITTEN_TOGETHER]
            packed = together(lambda name: gzip.compress(texts[name], _LEVEL, mtime=0), some)
            files = (self._file(name).name for name in some)
            write_all(self._directory, dict(zip(files, packed, strict=True)))

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError when it is not there, or damaged: then the next change keeps it anew."""
        try:
            text = gzip.decompress(self._file(name).read_bytes())
        except (OSError, EOFError, zlib.error):
            text = None
        if text is not None and content_hash(text) == name:
            return text
        self._file(name).unlink(missing_ok=True)
        raise FileNotFoundError(f"{self._file(name)} is not there, or damaged")

    def keep(self, names: Collection[str]) -> None:
        """Removes everything else."""
        kept = {self._file(name).name for name in names}
        for path in self._directory.glob("*.gz") if self._directory.is_dir() else ():
            if path.name not in kept:
                path.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._directory / f"{name}.gz"
