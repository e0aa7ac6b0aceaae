"""Which files a contract may consist of: those of the estate, not too many, not too large."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from ringwork.kernel.canonical import content_hash
from ringwork.kernel.stamps import Stamp, as_stamp, settled, stamp_of

# A contract split into one file per operation still stays below.
MAX_FILES = 1_000
# The largest real description known has 47 MB.
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_CONTRACT_BYTES = 256 * 1024 * 1024

# Why a file was refused that says the same whenever the file is asked for alone; the others count what was read.
_OF_THE_FILE = frozenset(("openapi-file-missing", "openapi-ref-outside"))

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_COPY = "Put a copy into the estate and refer to it relatively: what an estate says must be in the estate."


class Refused(Exception):
    """A file that is not read. The reader of documents places it at the reference that asked for it."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was read; `stamp` is None where it changed too recently to be known again by it.

    `canonical` is the name with `..` and symbolic links followed: what it refers to is relative to that.
    `refused`: code and message of one that was not read; then there is neither canonical name nor hash.
    """

    name: str
    canonical: str
    sha256: str
    stamp: Stamp | None
    refused: tuple[str, str] | None = None


class ContractReader(Protocol):
    """Who reads the files of one contract. Names are those of the estate, with forward slashes."""

    def read(self, name: str) -> tuple[str, bytes]:
        """Canonical name and bytes. Raises Refused."""

    def referred(self, base: str, reference: str) -> tuple[str, bytes]:
        """The same of what the file `base` refers to. Raises Refused."""


class ContractFiles:
    """Reads files below `root` for one contract. Names are relative to it, with forward slashes.

    `read_files` are those that were asked for, refused ones among them; None as soon as one was refused for what was
    read before it, which nobody finds out by asking for it again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._files = 0
        self._bytes = 0
        self._refused = 0
        self.read_files: list[ReadFile] | None = []

    def referred(self, base: str, reference: str) -> tuple[str, bytes]:
        """Canonical name and bytes of what the file `base` refers to; base "" is the root. Raises Refused.

        A reference that leads nowhere by its very text says so whenever it is read, so it counts for nothing.
        """
        return self.read(referred_name(base, reference))

    def read(self, name: str) -> tuple[str, bytes]:
        """Canonical name and bytes of a file below the root, symbolic links followed. Raises Refused."""
        try:
            canonical, data, stamp = self._read(name)
        except Refused as refused:
            self._note_refused(name, refused)
            raise
        if self.read_files is not None:
            self.read_files.append(ReadFile(name, canonical, content_hash(data), settled(stamp)))
        return canonical, data

    def _note_refused(self, name: str, refused: Refused) -> None:
        is_its_own = refused.code in _OF_THE_FILE and self._refused < MAX_FILES
        self._refused += 1
        if self.read_files is not None and is_its_own:
            self.read_files.append(ReadFile(name, "", "", None, (refused.code, str(refused))))
        else:
            self.read_files = None

    def _read(self, name: str) -> tuple[str, bytes, Stamp]:
        try:
            real = (self._root / name).resolve(strict=True)
        except (OSError, RuntimeError) as error:
            help = "Correct the name, or add the file."
            raise Refused(
                "openapi-file-missing", f'cannot read "{_shown(name)}": {_reason(error)}', help
            ) from None
        if not real.is_relative_to(self._root):
            raise Refused("openapi-ref-outside", f'"{_shown(name)}" leads out of the estate', _COPY)
        canonical = real.relative_to(self._root).as_posix()
        return canonical, *self._bounded(real, canonical)

    def _bounded(self, real: Path, name: str) -> tuple[bytes, Stamp]:
        self._files += 1
        if self._files > MAX_FILES:
            help = "Bundle some of them into one."
            raise Refused("openapi-too-many-files", f"the contract has more than {MAX_FILES:,} files", help)
        data, stamp = _regular_file(real, name)
        self._bytes += len(data)
        if len(data) > MAX_FILE_BYTES or self._bytes > MAX_CONTRACT_BYTES:
            limit = f"{MAX_FILE_BYTES >> 20} MiB a file, {MAX_CONTRACT_BYTES >> 20} MiB a contract"
            raise Refused("openapi-too-large", f'"{_shown(name)}" is too much: {limit}', "Split the API.")
        return data, stamp


def referred_name(base: str, reference: str) -> str:
    """The name, not canonical yet, of what the file `base` refers to. Raises Refused for what names no file."""
    if _SCHEME.match(reference):
        raise Refused("openapi-ref-network", f'"{_shown(reference)}" is not a file of the estate', _COPY)
    path = unquote(reference)
    if path.startswith("/") or "\\" in path or "\0" in path:
        raise Refused("openapi-ref-outside", f'"{_shown(reference)}" is not a relative path', _COPY)
    return posixpath.join(posixpath.dirname(base), path)


def still_read_alike(root: Path, files: Sequence[ReadFile]) -> list[ReadFile] | None:
    """`files`, stamped anew, when reading them would give the same bytes, or the same refusals; else None.

    A file whose stamp is the same is not read again.
    """
    alike: list[ReadFile] = []
    for file in files:
        same = file if _is_unchanged(root, file) else _read_alike(root, file)
        if same is None:
            return None
        alike.append(same)
    return alike


def _is_unchanged(root: Path, file: ReadFile) -> bool:
    return file.stamp is not None and stamp_of(f"{root}/{file.name}") == file.stamp


def _read_alike(root: Path, file: ReadFile) -> ReadFile | None:
    reader = ContractFiles(root)
    try:
        reader.read(file.name)
    except Refused as refused:
        return file if file.refused == (refused.code, str(refused)) else None
    alike = [again for again in reader.read_files or () if again.sha256 == file.sha256]
    return alike[0] if alike else None


def _regular_file(path: Path, name: str) -> tuple[bytes, Stamp]:
    """At most one byte more than allowed, and never from a pipe or device, which might not end."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode):
                help = "Name a file."
                raise Refused("openapi-file-missing", f'"{_shown(name)}" is not a regular file', help)
            return file.read(MAX_FILE_BYTES + 1), as_stamp(seen)
    except OSError as error:
        help = "Make the file readable."
        raise Refused(
            "openapi-file-missing", f'cannot read "{_shown(name)}": {_reason(error)}', help
        ) from None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or "links in a circle"


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text[:200])
