"""Where the lines of a text begin, kept while it is edited."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

_LINE_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """Line starts, in characters; lines end as the language server protocol says (3.17, Text Documents).

    Those up to the last edit are counted from the text's start, later ones from its end, which an edit leaves as they
    are: it costs the lines between it and the edit before.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._before = _starts(text)
        # The last line first.
        self._after: list[int] = []

    @property
    def text(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._before) + len(self._after)

    def start(self, line: int) -> int:
        """Raises IndexError."""
        index = line - len(self._before)
        return self._before[line] if index < 0 else len(self._text) - self._after[-1 - index]

    def line(self, number: int) -> str:
        """With its end; nothing where there is no such line."""
        if number >= len(self):
            return ""
        end = self.start(number + 1) if number + 1 < len(self) else len(self._text)
        return self._text[self.start(number) : end]

    def replace(self, start: int, end: int, text: str) -> None:
        """`text` for what is between two offsets."""
        # A line before, and one after: an edit may make one end of `\\r` and `\\n`, or two of one.
        first = max(self._begun_by(start) - 2, 0)
        after = min(self._begun_by(end) + 1, len(self))
        begin = self.start(first)
        self._split_at(first)
        del self._after[len(self._after) - (after - first) :]
        self._text = self._text[:start] + text + self._text[end:]
        until = len(self._text) - self._after[-1] if self._after else None
        between = _starts(self._text[begin:until], begin)
        # The end of what is between is where the later begin.
        self._before += between[:-1] if self._after else between

    def _begun_by(self, offset: int) -> int:
        """How many lines begin there or before."""
        before = bisect_right(self._before, offset)
        if before < len(self._before):
            return before
        return before + len(self._after) - bisect_left(self._after, len(self._text) - offset)

    def _split_at(self, line: int) -> None:
        length, count = len(self._text), len(self._before) - line
        if count > 0:
            self._after += [length - start for start in reversed(self._before[line:])]
            del self._before[line:]
        elif count < 0:
            self._before += [length - distance for distance in reversed(self._after[count:])]
            del self._after[count:]


def _starts(text: str, base: int = 0) -> list[int]:
    return [base, *(base + match.end() for match in _LINE_END.finditer(text))]
