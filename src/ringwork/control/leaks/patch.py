"""Reading what `git log --patch --cc` prints: which line of which file of which commit a line of it is."""

from __future__ import annotations

import re

from ringwork.control.leaks.search import name_of

# As many `@` as there are parents, and one; where one or more ranges were, and one is.
_HUNK = re.compile(rb"(@@+)((?: -\d+(?:,\d+)?)+) \+(\d+)(?:,(\d+))? @@")
_COUNT = re.compile(rb"-\d+(?:,(\d+))?")
_MESSAGE = "(message)"


class Patches:
    """`mark` is alone on the line behind each message, and before the commit's name on the line in front of it."""

    def __init__(self, mark: bytes) -> None:
        self.commit = ""
        self.file = ""
        self._mark = mark
        self._in_message = False
        self._line = 0
        # Lines of the hunk that are still to come: of each parent, and of the commit.
        self._before: list[int] = []
        self._after = 0

    def take(self, line: bytes) -> tuple[int, int] | None:
        """Line of its file and column (the first characters may be marks) of `line`, where the commit added it; the
        next line is given next, if only the beginning of a long one.
        """
        if line.startswith(self._mark):
            self._begin(line[len(self._mark) :].strip().decode())
            return None
        if self._in_message:
            self._line += 1
            return self._line, 1
        if self._after > 0 or any(count > 0 for count in self._before):
            return self._content(line)
        if line.startswith(b"+++ "):
            self.file = name_of(line[4:].rstrip(b"\n").removesuffix(b"\t"))
        elif hunk := _HUNK.match(line):
            self._before = [_count(count) for count in _COUNT.findall(hunk[2])]
            self._line, self._after = int(hunk[3]), 1 if hunk[4] is None else int(hunk[4])
        return None

    def _begin(self, commit: str) -> None:
        """A commit, or with no name what follows its message."""
        self._in_message = bool(commit)
        self._before, self._after = [], 0
        if commit:
            self.commit, self.file, self._line = commit, _MESSAGE, 0

    def _content(self, line: bytes) -> tuple[int, int] | None:
        marks = line[: len(self._before)]
        if b"\\" in marks:  # "\ No newline at end of file"
            return None
        gone = b"-" in marks
        for parent, mark in enumerate(marks):
            if mark == ord("-" if gone else " "):
                self._before[parent] -= 1
        if gone:
            return None
        self._after -= 1
        self._line += 1
        return (self._line - 1, 1 - len(marks)) if b"+" in marks else None


def _count(text: bytes) -> int:
    return int(text) if text else 1
