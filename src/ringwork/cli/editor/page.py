"""The text of one document an editor has open, kept so that a change costs what changed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate

from lsprotocol import types as lsp
from pygls.workspace import PositionCodec, TextDocument

_LINE_END = re.compile(r"\r\n|\n|\r")


class Page(TextDocument):
    """A document whose lines are found, not cut out; they end as the protocol says (3.17, Text Documents).

    Places inside count characters; those of the client units of its encoding.
    """

    def __init__(self, uri: str, text: str, version: int, codec: PositionCodec) -> None:
        super().__init__(uri, "", version, position_codec=codec)
        self._text = text
        self._starts = _starts(text)

    @property
    def source(self) -> str:
        return self._text

    def apply_change(self, change: lsp.TextDocumentContentChangeEvent) -> None:
        """A part replaced, or all of it."""
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            self._replace(self._offset(change.range.start), self._offset(change.range.end), change.text)
        else:
            self._text, self._starts = change.text, _starts(change.text)

    def to_client(self, place: lsp.Position) -> lsp.Position:
        """A place in units of the client."""
        line = self._line(place.line)
        return lsp.Position(place.line, place.character + _extra(line, self._encoding, place.character))

    def from_client(self, position: lsp.Position) -> lsp.Position:
        """A place in characters; at the line's end where it is beyond."""
        line = self._line(position.line)
        ends = len(line.rstrip("\r\n"))
        return lsp.Position(position.line, min(_characters(line, self._encoding, position.character), ends))

    def range_to_client(self, range: lsp.Range) -> lsp.Range:
        """Both ends."""
        return lsp.Range(self.to_client(range.start), self.to_client(range.end))

    @property
    def _encoding(self) -> str:
        return str(getattr(self.position_codec.encoding, "value", self.position_codec.encoding))

    def _line(self, number: int) -> str:
        if number >= len(self._starts):
            return ""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
        return self._text[self._starts[number] : end]

    def _offset(self, position: lsp.Position) -> int:
        if position.line >= len(self._starts):
            return len(self._text)
        return self._starts[position.line] + self.from_client(position).character

    def _replace(self, start: int, end: int, text: str) -> None:
        # A line before, and one after: an edit may make one end of `\r` and `\n`, or two of one.
        first = max(bisect_right(self._starts, start) - 2, 0)
        after = bisect_right(self._starts, end) + 1
        later = self._starts[after:]
        moved = len(text) - (end - start)
        self._text = self._text[:start] + text + self._text[end:]
        begin = self._starts[first]
        between = _starts(self._text[begin : later[0] + moved if later else None], begin)
        # The end of what is between is where the later begin.
        self._starts[first:] = between[:-1] + [at + moved for at in later] if later else between


def _starts(text: str, base: int = 0) -> list[int]:
    return [base, *(base + match.end() for match in _LINE_END.finditer(text))]


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
