"""A document as it is written: its text, where its parts stand in it, and edits that leave all else as it is."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ringwork import _native
from ringwork.style.model import Result
from ringwork.style.results import escaped

_ITEM = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,\]}\n#]*[^,\]}\s#])""")
_IN_BLOCK = re.compile(r"[ \t]*-[ \t]+")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Characters from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


class Written:
    """Raises DocumentError for what is no document. Offsets count characters."""

    def __init__(self, data: bytes, name: str) -> None:
        self.text = data.decode("utf-8-sig")
        self._document = _native.Document.parse(data, name)
        self._lines = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", self.text))]
        self.is_json = self.text.lstrip().startswith("{")

    def value(self, path: Iterable[str]) -> Any:
        """None where there is nothing."""
        try:
            return self._document.value(escaped(path))
        except KeyError:
            return None

    def offset(self, line: int, character: int) -> int:
        """Of a place that counts from 0."""
        end = len(self.text)
        return min(self._lines[line] + character, end) if line < len(self._lines) else end

    def place(self, offset: int) -> tuple[int, int]:
        """Line and character, from 0."""
        line = bisect_right(self._lines, offset) - 1
        return line, offset - self._lines[line]

    def start(self, path: Iterable[str], *, key: bool = False) -> int | None:
        """Where a value begins, or its name."""
        place = self._document.position(escaped(path), key=key)
        return None if place is None else self.offset(place[0] - 1, place[1] - 1)

    def span(self, result: Result) -> tuple[int, int]:
        """Where a finding begins and ends."""
        return self.offset(*result.start), self.offset(*result.end)

    def margin(self, offset: int) -> str:
        """What stands before it in its line."""
        return self.text[self._lines[self.place(offset)[0]] : offset]

    def without_item(self, path: tuple[str, ...]) -> Edit | None:
        """A list without one of its scalars, not its first. None where it takes more than a line."""
        start = self.start(path)
        if start is None:
            return None
        margin = self.margin(start)
        if _IN_BLOCK.fullmatch(margin):
            end = self.text.find("\n", start)
            return Edit(start - len(margin), len(self.text) if end < 0 else end + 1, "")
        before = start
        while before and self.text[before - 1].isspace():
            before -= 1
        value = _ITEM.match(self.text, start)
        comma = before and self.text[before - 1] == ","
        return Edit(before - 1, value.end(), "") if comma and value is not None else None

    def with_member(self, path: tuple[str, ...], name: str, value: str) -> Edit | None:
        """A member before all others of an object; None where it is empty."""
        members = self.value(path)
        first = (
            self.start((*path, next(iter(members))), key=True)
            if isinstance(members, dict) and members
            else None
        )
        if first is None:
            return None
        margin = self.margin(first)
        told = f"{json.dumps(name)}: {json.dumps(value)}" if self.is_json else f"{name}: {value}"
        if margin.strip():
            return Edit(first, first, f"{told}, ")  # within a line: `{summary: …}`
        return Edit(first, first, f"{told}{',' if self.is_json else ''}\n{margin}")

    def with_item(self, path: tuple[str, ...], text: str) -> Edit | None:
        """An item after all others of a list in block style; None where it is empty, or written otherwise."""
        items = self.value(path)
        last = self.start((*path, str(len(items) - 1))) if isinstance(items, list) and items else None
        if last is None or not _IN_BLOCK.fullmatch(self.margin(last)):
            return None
        indent = self.margin(last).partition("-")[0]
        beyond = re.compile(rf"(?m)^(?!\s*(?:#|$))(?!{re.escape(indent)}[ \t])").search(self.text, last)
        at = len(self.text) if beyond is None else beyond.start()
        ahead = "" if self.text.endswith("\n", 0, at) else "\n"
        return Edit(at, at, f"{ahead}{indent}- {text}\n")


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits that do not meddle with one another, first come, first served."""
    parts: list[str] = []
    at = 0
    for edit in sorted(set(edits)):
        if edit.start >= at:
            parts += (text[at : edit.start], edit.text)
            at = edit.end
    return "".join((*parts, text[at:]))
