"""The text of one document an editor has open, kept so that a change costs what changed."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec, TextDocument

from ringwork.cli.editor.lines import Lines


class Page(TextDocument):
    """A document whose lines are found, not cut out.

    Places inside count characters; those of the client units of its encoding.
    """

    def __init__(self, uri: str, text: str, version: int, codec: PositionCodec) -> None:
        super().__init__(uri, "", version, position_codec=codec)
        self._lines = Lines(text)

    @property
    def source(self) -> str:
        return self._lines.text

    def apply_change(self, change: lsp.TextDocumentContentChangeEvent) -> None:
        """A part replaced, or all of it."""
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            start, end = (self._offset(place) for place in (change.range.start, change.range.end))
            self._lines.replace(start, end, change.text)
        else:
            self._lines = Lines(change.text)

    def to_client(self, place: lsp.Position) -> lsp.Position:
        """A place in units of the client."""
        line = self._lines.line(place.line)
        return lsp.Position(place.line, place.character + _extra(line, self._encoding, place.character))

    def from_client(self, position: lsp.Position) -> lsp.Position:
        """A place in characters; at the line's end where it is beyond."""
        line = self._lines.line(position.line)
        ends = len(line.rstrip("\r\n"))
        return lsp.Position(position.line, min(_characters(line, self._encoding, position.character), ends))

    def range_to_client(self, range: lsp.Range) -> lsp.Range:
        """Both ends."""
        return lsp.Range(self.to_client(range.start), self.to_client(range.end))

    @property
    def _encoding(self) -> str:
        return str(getattr(self.position_codec.encoding, "value", self.position_codec.encoding))

    def _offset(self, position: lsp.Position) -> int:
        if position.line >= len(self._lines):
            return len(self._lines.text)
        return self._lines.start(position.line) + self.from_client(position).character


# A line may be all of a huge document.
@lru_cache(maxsize=4)
def _wide(line: str, encoding: str) -> tuple[list[int], list[int]]:
    """Characters that count for more than one unit: where they are, and how much more, all before included."""
    if line.isascii() or encoding == "utf-32":
        return [], []
    if encoding == "utf-8":
        found = [(at, len(one.encode()) - 1) for at, one in enumerate(line) if one > "\x7f"]
    else:
        found = [(match.start(), 1) for match in re.finditer("[\U00010000-\U0010ffff]", line)]
    return [at for at, _ in found], list(accumulate(more for _, more in found))


def _extra(line: str, encoding: str, characters: int) -> int:
    places, more = _wide(line, encoding)
    before = bisect_left(places, characters)
    return more[before - 1] if before else 0


def _characters(line: str, encoding: str, units: int) -> int:
    places, more = _wide(line, encoding)
    begins = [at + extra for at, extra in zip(places, [0, *more], strict=False)]
    before = bisect_left(begins, units)
    return max(units - more[before - 1], places[before - 1] + 1) if before else units
