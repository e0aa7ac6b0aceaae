"""Whether files of a folder changed, by looking."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# A folder with more files is no estate one edits by hand; what lies beyond is not watched.
_MOST_FILES = 50_000

Fingerprint = frozenset[tuple[str, int, int]]


def fingerprint(folder: Path) -> Fingerprint:
    """Name, size and time of every file below `folder`; hidden folders (state, Git) are left out."""
    found: set[tuple[str, int, int]] = set()
    for entry in _files(folder):
        try:
            seen = entry.stat()
        except FileNotFoundError:  # gone between listing and looking: the next look tells
            continue
        found.add((entry.path, seen.st_size, seen.st_mtime_ns))
        if len(found) >= _MOST_FILES:
            break
    return frozenset(found)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    pending = [str(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        yield entry
        except FileNotFoundError:
            continue
