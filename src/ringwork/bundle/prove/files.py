"""Files an API consists of beside its manifest: documents, overlays, what they refer to, certificates."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ringwork import _native
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.stamps import Stamp, as_stamp, settled

MAX_FILES = 1_000
MAX_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was read; `stamp` None: it changed too recently to be known again by it."""

    name: str
    sha256: str
    stamp: Stamp | None


class Files:
    """Reads files of the estate at `root`, for one API, and remembers which."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self.seen: list[Seen] = []

    def read(self, name: str) -> tuple[str, bytes]:
        """Canonical name, relative to the root, and bytes. Raises ValueError."""
        if len(self.seen) >= MAX_FILES:
            raise ValueError(f"more than {MAX_FILES} files")
        try:
            real = (self._root / name).resolve(strict=True)
            if not real.is_relative_to(self._root):
                raise ValueError(f"{name} leads out of the estate")
            with os.fdopen(os.open(real, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                stamp, data = as_stamp(os.fstat(file.fileno())), file.read(MAX_FILE_BYTES + 1)
        except (OSError, RuntimeError) as error:
            raise ValueError(f"{name} cannot be read: {error}") from None
        if len(data) > MAX_FILE_BYTES:
            raise ValueError(f"{name} is too large")
        self.seen.append(Seen(name, content_hash(data), settled(stamp)))
        return real.relative_to(self._root).as_posix(), data

    def referred(self, base: str, reference: str) -> tuple[str, bytes] | None:
        """What the file `base` refers to; None where that is no file of the estate: nothing stands there then."""
        path = unquote(reference)
        if "://" in reference or path.startswith("/") or "\\" in path or "\0" in path:
            return None
        try:
            return self.read(posixpath.join(posixpath.dirname(base), path))
        except ValueError:
            return None


# A `Stamp` that nobody asks for its parts: thousands are compared for each that is kept.
Looked = tuple[int, int, int, int, int]


def stamps_of(root: Path, names: Iterable[str]) -> dict[str, Looked | None]:
    """Of many files of the estate, asked for at once: one by one they cost a proof of thousands of APIs a third."""
    wanted = list(dict.fromkeys(names))
    return dict(zip(wanted, _native.stamps([f"{root}/{name}" for name in wanted]), strict=True))


def still_alike(
    root: Path, seen: tuple[Seen, ...], stamps: Mapping[str, Looked | None]
) -> tuple[Seen, ...] | None:
    """`seen`, stamped anew, if reading all of it would give the same bytes; else None. `stamps`: of now."""
    for file in seen:
        if file.stamp is None or stamps[file.name] != file.stamp:
            break
    else:
        return seen
    alike = []
    for file in seen:
        is_same = file.stamp is not None and stamps[file.name] == file.stamp
        now = file if is_same else _again(root, file)
        if now is None:
            return None
        alike.append(now)
    return tuple(alike)


def _again(root: Path, file: Seen) -> Seen | None:
    files = Files(root)
    try:
        files.read(file.name)
    except ValueError:
        return None
    return files.seen[0] if files.seen[0].sha256 == file.sha256 else None
