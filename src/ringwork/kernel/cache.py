"""Results that can be made again, kept on disk: an entry is whole and of this very code, or there is none."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Protocol

import ringwork

_DIGEST_BYTES = 32


class Cache(Protocol):
    """Entries by name. What is not there, for whatever reason, is made again by who asks."""

    def get(self, name: str) -> bytes | None: ...

    def put(self, name: str, data: bytes) -> None: ...

    def keep(self, names: Iterable[str]) -> None:
        """Forgets every other entry."""


class NoCache:
    """Remembers nothing."""

    def get(self, name: str) -> bytes | None:
        return None

    def put(self, name: str, data: bytes) -> None:
        return None

    def keep(self, names: Iterable[str]) -> None:
        return None


class FileCache:
    """One file per entry, beginning with its SHA-256: half an entry, or one that rotted, is none.

    Nothing is synchronised to disk, because nothing is lost. A full disk loses entries and nothing else.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._salt = code_identity()

    def get(self, name: str) -> bytes | None:
        try:
            entry = self._file(name).read_bytes()
        except OSError:
            return None
        data = entry[_DIGEST_BYTES:]
        return data if entry[:_DIGEST_BYTES] == self._digest(name, data) else None

    def put(self, name: str, data: bytes) -> None:
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as file:
                try:
                    file.write(self._digest(name, data) + data)
                    file.flush()
                    os.replace(file.name, self._file(name))
                except OSError:
                    os.unlink(file.name)

    def keep(self, names: Iterable[str]) -> None:
        kept = {self._file(name).name for name in names}
        for path in self._directory.iterdir() if self._directory.is_dir() else ():
            if path.name not in kept:
                with suppress(OSError):
                    path.unlink()

    def _file(self, name: str) -> Path:
        return self._directory / hashlib.sha256(name.encode()).hexdigest()

    def _digest(self, name: str, data: bytes) -> bytes:
        """Over the code and the entry's name too: what other code wrote, or another entry, does not fit."""
        return hashlib.sha256(b"\0".join([self._salt, name.encode(), data])).digest()


@cache
def code_identity() -> bytes:
    """Changes with any file of the installed package: what other code made is made again."""
    root = Path(ringwork.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".so"))
    seen = ((path.relative_to(root).as_posix(), path.stat()) for path in files)
    lines = (f"{name} {stat.st_size} {stat.st_mtime_ns}\n" for name, stat in seen)
    return hashlib.sha256("".join(lines).encode()).digest()
