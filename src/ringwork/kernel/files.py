"""Files that are whole or absent: a reader, or a start after `kill -9`, never meets half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700
READABLE_FILE = 0o644

# From here on one sync of everything is quicker than one of each file.
_SYNCED_TOGETHER = 64


def write_atomically(path: Path, data: bytes, *, mode: int = READABLE_FILE) -> None:
    """Replaces `path` by `data` with permissions `mode`; on disk, name included, when this returns."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def rewrite(path: Path, data: bytes, *, mode: int = READABLE_FILE) -> None:
    """`write_atomically`, unless the file says so already."""
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass
    write_atomically(path, data, mode=mode)


def write_all(directory: Path, files: Mapping[str, bytes]) -> None:
    """Writes or replaces files of `directory`, for names that say what the content is.

    All are on disk, names included, when this returns. Data reaches the disk before any of the names does, so a
    name that is found after a crash has its whole content; the disk is waited for once, not once per file.
    """
    if not files:
        return
    with tempfile.TemporaryDirectory(dir=directory, prefix=".new.") as staging:
        for name, data in files.items():
            Path(staging, name).write_bytes(data)
        _sync_all(Path(staging), files)
        for name in files:
            os.replace(Path(staging, name), directory / name)
    sync_directory(directory)


def _sync_all(directory: Path, names: Collection[str]) -> None:
    if len(names) > _SYNCED_TOGETHER:
        os.sync()
        return
    for name in names:
        _sync(directory / name)


def sync_directory(directory: Path) -> None:
    """Makes renames inside `directory` durable (POSIX: a rename is on disk when its directory is)."""
    _sync(directory)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_directory(path: Path) -> Path:
    """`path`, made when missing, open to its owner only."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(PRIVATE_DIRECTORY)
    return path
