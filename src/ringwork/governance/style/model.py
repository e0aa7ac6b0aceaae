"""A style finding, as plans show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.style.model import Level

_SEVERITIES = {Level.ERROR: Severity.ERROR, Level.WARN: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class StyleFinding:
    """What one ring's rules find about one version. `path` is a JSON Pointer into the document that ring reads;
    `location` the nearest that is there of it in the estate. `waived`: why, and until when; `stricter`, `freer`:
    its severity is another than the rule's, because of sensitive values or incubation.
    """

    ring: Audience
    api: str
    version: str
    code: str
    level: Level
    message: str
    path: str
    location: Location
    stricter: bool = False
    freer: bool = False
    waived: str | None = None

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (-self.ring, self.level, self.api, self.version, self.code, self.location, self.path)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ring": self.ring.label,
            "api": self.api,
            "version": self.version,
            "code": self.code,
            "severity": self.level.label,
            "message": self.message,
            "path": self.path,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "stricter": self.stricter,
            "freer": self.freer,
            "waived": self.waived,
        }

    def as_finding(self) -> Finding:
        """For formatters that know findings."""
        severity = _SEVERITIES.get(self.level, Severity.INFO)
        if self.waived is not None:
            severity = Severity.INFO
        message = f"{self.ring.label} ring: {self.message} ({self.path})"
        help = f"docs/reference/style-rules.md#{self.code} says why."
        return Finding(self.code, severity, message, help, self.location, self.api)
