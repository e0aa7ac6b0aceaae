"""A rule of the audit, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.style.model import Level

if TYPE_CHECKING:
    from ringwork.governance.audit.subject import Subject

CATEGORIES: Mapping[str, str] = {
    "API1": "Broken Object Level Authorization",
    "API2": "Broken Authentication",
    "API3": "Broken Object Property Level Authorization",
    "API4": "Unrestricted Resource Consumption",
    "API5": "Broken Function Level Authorization",
    "API6": "Unrestricted Access to Sensitive Business Flows",
    "API7": "Server Side Request Forgery",
    "API8": "Security Misconfiguration",
    "API9": "Improper Inventory Management",
    "API10": "Unsafe Consumption of APIs",
}

_SEVERITIES = {Level.ERROR: Severity.ERROR, Level.WARN: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Found:
    """What a check has to say. `operation`: `GET /orders`, None where it is about the whole API; `path`: of the part
    in the ring's document, as a JSON Pointer; `part`: its name, where an operation may have several that are found.
    """

    message: str
    location: Location
    operation: str | None = None
    path: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One question. `levels`: how bad it is on each ring; a ring that is not there is not asked."""

    code: str
    category: str
    what: str
    why: str
    fix: str
    levels: Mapping[Audience, Level]
    check: Callable[[Subject], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One finding about one version on one ring. `waived`: why, and until when."""

    ring: Audience
    api: str
    version: str
    code: str
    category: str
    level: Level
    message: str
    fix: str
    operation: str | None
    path: str
    location: Location
    waived: str | None = None
    part: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What stays the same on one ring of one API while other things change, places and figures among them."""
        return (self.version, self.code, self.operation or "", self.part)

    @property
    def sort_key(self) -> tuple[Any, ...]:
        number = int(self.category.removeprefix("API"))
        place = (self.operation or "", self.path, self.location, self.message)
        return (-self.ring, self.level, self.api, self.version, number, self.code, place)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "ring": self.ring.label,
            "api": self.api,
            "version": self.version,
            "code": self.code,
            "category": f"{self.category}:2023",
            "severity": self.level.label,
            "message": self.message,
            "fix": self.fix,
            "operation": self.operation,
            "path": self.path,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "waived": self.waived,
        }

    def as_finding(self) -> Finding:
        """For formatters that know findings."""
        waived = self.waived is not None
        severity = Severity.INFO if waived else _SEVERITIES.get(self.level, Severity.INFO)
        about = f", {self.operation}" if self.operation else ""
        message = f"{self.category}, {self.ring.label} ring{about}: {self.message}"
        return Finding(self.code, severity, message, self.fix, self.location, self.api)
