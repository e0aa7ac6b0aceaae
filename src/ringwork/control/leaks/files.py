"""Keys in files, folders and what is piped in."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import cast

from ringwork.control.leaks.search import PIECE_BYTES, Found, Search, Unread, name_of

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one file, in bytes: what is read of it, and what is unpacked of one that is packed (gzip)."""

    read: int = 64 * _GIB
    unpacked: int = 16 * _GIB


_USUAL = Bounds()


def search_paths(paths: Iterable[str], bounds: Bounds = _USUAL) -> Iterator[Found | Unread]:
    """In the order they are named; folders by name, all below them. Links in folders lead nowhere, and what is no file
    there is passed over.
    """
    for path in paths:
        if path == STANDARD_INPUT:
            yield from _search(cast(BufferedReader, sys.stdin.buffer), path, bounds)
        elif os.path.isdir(path):
            yield from _search_folder(path, bounds)
        else:
            yield from _search_file(path, bounds, os.O_RDONLY)


def _search_folder(root: str, bounds: Bounds) -> Iterator[Found | Unread]:
    closed: list[OSError] = []
    for folder, below, names in os.walk(root, onerror=closed.append):
        below.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if _is_plain(path):
                yield from _search_file(path, bounds, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        yield from _unread(closed)
    yield from _unread(closed)


def _unread(closed: list[OSError]) -> Iterator[Unread]:
    while closed:
        error = closed.pop()
        yield Unread(name_of(os.fsencode(error.filename)), str(error.strerror))


def _is_plain(path: str) -> bool:
    """What went meanwhile is told when it is opened."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return True


def _search_file(path: str, bounds: Bounds, flags: int) -> Iterator[Found | Unread]:
    try:
        file = os.fdopen(os.open(path, flags | os.O_CLOEXEC), "rb")
    except OSError as error:
        yield Unread(name_of(os.fsencode(path)), error.strerror or str(error))
        return
    with file:
        yield from _search(file, path, bounds)


def _search(file: BufferedReader, path: str, bounds: Bounds) -> Iterator[Found | Unread]:
    name, search = name_of(os.fsencode(path)), Search()
    try:
        for piece in _pieces(file, bounds):
            for sighting in search.feed(piece):
                yield Found(name, sighting)
    except (OSError, EOFError, zlib.error, _TooLong) as error:
        yield Unread(name, getattr(error, "strerror", None) or str(error))


class _TooLong(Exception):
    pass


def _pieces(file: BufferedReader, bounds: Bounds) -> Iterator[bytes]:
    packed = file.peek(len(_GZIP)).startswith(_GZIP)
    source = gzip.GzipFile(fileobj=file) if packed else file
    left = bounds.unpacked if packed else bounds.read
    while piece := source.read1(PIECE_BYTES):
        if len(piece) > left:
            yield piece[:left]
            raise _TooLong("it is too long: the rest was not read")
        left -= len(piece)
        yield piece
