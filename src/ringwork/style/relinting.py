"""A document linted again and again, as it is edited: only what changed is looked at."""

from __future__ import annotations

from heapq import nsmallest
from pathlib import Path
from threading import Lock

from ringwork import _native
from ringwork.style.evaluating import compiled
from ringwork.style.linting import Read, read_with, told
from ringwork.style.model import Result, Ruleset


class Relint:
    """Lints one document, version after version. What it says is what `lint` says."""

    def __init__(self, file: Path, ruleset: Ruleset) -> None:
        """`file` (absolute): what the document is, or counts as."""
        self._file = file
        self._ruleset = ruleset
        self._rules: _native.LintRules | None = None
        self._memory: _native.LintMemory | None = None
        self._turn = Lock()

    def lint(self, data: bytes, worst: int | None = None, ruleset: Ruleset | None = None) -> list[Result]:
        """Results by place. `worst`: only so many about the document itself, the worst and of these the first.

        `ruleset`: as it is now; what it finds anew only where it is another. Raises what `lint` raises, and
        remembers what it knew.
        """
        with self._turn:
            self._ruleset = ruleset or self._ruleset
            read = read_with(data, self._file, self._ruleset)
            memory = self._memory_of(read)
            if worst is None:
                return told(read, memory.lint(read.subject))
            if self._ruleset.overrides:  # they say how bad a finding is by its place
                return _worst(told(read, memory.lint(read.subject)), self._file, worst)
            levels = bytes(_level(rule.level, rule.default) for rule in read.rules)
            return _worst(told(read, memory.lint(read.subject, (worst, levels))), self._file, worst)

    def _memory_of(self, read: Read) -> _native.LintMemory:
        """A document that says it is of another kind is held to other rules, and begins anew."""
        rules = compiled(read.rules, read.formats)
        if self._memory is None or rules is not self._rules:
            self._rules, self._memory = rules, _native.LintMemory(rules)
        return self._memory


def _level(level: int | None, default: int) -> int:
    return default if level is None else level


def _worst(results: list[Result], file: Path, count: int) -> list[Result]:
    own = [one for one in results if one.file == file.as_posix()]
    if len(own) <= count:
        return own
    kept = nsmallest(count, own, key=lambda one: (one.level, one.start, one.code, one.path, one.message))
    return sorted(kept, key=lambda one: (one.start, one.code, one.path, one.message))
