"""One type for everything Ringwork has to say about an estate: where, what, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How much a finding matters; higher is worse, so `max()` is the verdict."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the estate.

    `file` is relative to the estate's root with forward slashes; `line` and `column` count from 1.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One located statement: permanent code (kebab-case), severity, message, and what to do next.

    `api` names the API that is dropped from the change when the severity is ERROR; None concerns the estate.
    """

    code: str
    severity: Severity
    message: str
    help: str
    location: Location
    api: str | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Of plain values: comparing locations costs an estate of thousands of findings more than all its checks."""
        at = self.location
        return (at.file, at.line, at.column, self.code, self.message)

    def as_dict(self) -> dict[str, object]:
        """Plain JSON shape, the same for every command and the admin API."""
        return {
            "code": self.code,
            "severity": self.severity.label,
            "message": self.message,
            "help": self.help,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "api": self.api,
        }


def has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place, so that output is deterministic and a file is read top to bottom."""
    return sorted(set(findings), key=lambda finding: finding.sort_key)
