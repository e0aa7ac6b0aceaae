"""What applying an estate came to, shown."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ringwork.cli.runtime_commands.report import MOST_SHOWN, show_application
from ringwork.kernel.findings import Finding, Location, Severity


def found(severity: Severity, line: int) -> Finding:
    return Finding("some-code", severity, f"number {line}", "Mend it.", Location("ringwork.yaml", line))


def shown(findings: list[Finding], root: Path) -> str:
    out = Console(record=True, width=200, file=(root / "out").open("w"))
    applied = {"findings": [one.as_dict() for one in findings], "plan": {}, "revision": 1, "refusal": None}
    show_application(out, applied | {"outcome": "live"}, root)
    return out.export_text()


def test_every_error_is_shown_and_as_many_of_the_rest_as_anyone_reads(tmp_path: Path) -> None:
    warnings = [found(Severity.WARNING, line) for line in range(1, MOST_SHOWN + 3)]
    errors = [found(Severity.ERROR, line) for line in range(1_000, 1_000 + MOST_SHOWN)]
    text = shown([*warnings, *errors], tmp_path)
    assert all(f"error [some-code] number {one.location.line}" in text for one in errors)
    assert text.count("warning [some-code]") == MOST_SHOWN
    assert "and 2 more warnings and notes: `ringwork plan` shows all of them." in text


def test_nothing_is_said_of_more_where_all_is_shown(tmp_path: Path) -> None:
    assert "more warnings" not in shown([found(Severity.WARNING, 1)], tmp_path)
