"""Finding keys in bytes that come piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ringwork.control.native import read_key
from ringwork.control.recognition import LONGEST_KEY, PATTERN

PIECE_BYTES = 1 << 20

_FORM = re.compile(PATTERN.encode())
_FORM_IN_NAMES = re.compile(PATTERN)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where in a text a key begins; `line` and `column` (in bytes) count from 1."""

    line: int
    column: int
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A key, and where. `commit` is the one that added it (hex), in a history."""

    file: str
    at: Sighting
    commit: str | None = None

    def __str__(self) -> str:
        before = "" if self.commit is None else f"{self.commit}:"
        return f"{before}{self.file}:{self.at.line}:{self.at.column}"


@dataclass(frozen=True, slots=True)
class Unread:
    """What was not looked at, or not to its end."""

    file: str
    why: str


class Search:
    """Keeps no more of what it is fed than the beginning of a key. The first byte is at `line` and `column`."""

    def __init__(self, line: int = 1, column: int = 1) -> None:
        self._kept = b""
        self._place = (line, column)

    def feed(self, piece: bytes) -> list[Sighting]:
        """The keys that end in this piece."""
        text = self._kept + piece
        found = []
        place, at = self._place, 0
        for start, key in _keys(text, ending_after=len(self._kept)):
            place, at = _moved(place, text, at, start), start
            found.append(Sighting(*place, key))
        cut = max(0, len(text) - LONGEST_KEY + 1)
        self._place = _moved(self._place, text, 0, cut)
        self._kept = text[cut:]
        return found


def name_of(name: bytes) -> str:
    """A file's name as it can be printed: a key in it is left out."""
    return _FORM_IN_NAMES.sub("rw_…", name.decode("utf-8", "backslashreplace"))


def _keys(text: bytes, *, ending_after: int) -> Iterator[tuple[int, str]]:
    """Nothing before or after is asked for, and what only looks like a key hides none that begins within it."""
    match = _FORM.search(text)
    while match is not None:
        if match.end() > ending_after:
            key = match[0].decode("ascii")
            if read_key(key) is not None:
                yield match.start(), key
        match = _FORM.search(text, match.start() + 1)


def _moved(place: tuple[int, int], text: bytes, start: int, end: int) -> tuple[int, int]:
    """Line and column of `text[end]`, where `text[start]` is at `place`."""
    line, column = place
    lines = text.count(b"\n", start, end)
    if not lines:
        return line, column + end - start
    return line + lines, end - text.rfind(b"\n", start, end)
