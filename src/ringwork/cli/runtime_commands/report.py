"""What applying an estate came to, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from ringwork.cli.render import show_findings
from ringwork.kernel.findings import Finding, Location, Severity

# Findings that keep nothing back, shown with their lines.
MOST_SHOWN = 200


def show_application(out: Console, applied: Mapping[str, Any], estate: Path) -> None:
    """Findings first, the verdict last: that is where the eye is."""
    findings = [finding_from(each) for each in applied["findings"]]
    shown = _shown(findings)
    show_findings(out, shown, estate)
    if len(shown) < len(findings):
        more = f"{len(findings) - len(shown):,} more warnings and notes"
        out.print(f"and {more}: `ringwork plan` shows all of them.")
    for line in _changes(applied["plan"]):
        out.print(line)
    out.print(verdict(applied))


def _shown(findings: Sequence[Finding]) -> list[Finding]:
    """Every error, and as much of the rest as anyone reads: looking up the lines of thousands takes seconds."""
    rest = iter(range(MOST_SHOWN))
    return [one for one in findings if one.severity is Severity.ERROR or next(rest, None) is not None]


def verdict(applied: Mapping[str, Any]) -> str:
    """One line."""
    revision, refusal = applied["revision"], applied["refusal"]
    match applied["outcome"]:
        case "live":
            return f"[bold green]Revision {revision} is live.[/]{_left_behind(applied)}"
        case "unchanged":
            return f"[bold]Nothing changed: revision {revision} is live.[/]{_left_behind(applied)}"
        case "blocked":
            return "[bold red]Nothing of this estate can go live; what was live stays.[/]"
        case "refused":
            said = escape(f"{refusal['message']} ({refusal['code']})")
            return f"[bold red]The gateway refused revision {revision}:[/] {said}. What was live stays."
        case _:
            help = "`ringwork status` tells more."
            return f"[bold red]The gateway did not answer about revision {revision} in time.[/] {help}"


def _left_behind(applied: Mapping[str, Any]) -> str:
    dropped = applied["plan"].get("dropped", [])
    return f" [bold red]Stays behind:[/] {escape(', '.join(dropped))}." if dropped else ""


def _changes(plan: Mapping[str, Any]) -> list[str]:
    """How many operations each ring gained and lost, widest ring first."""
    lines = []
    operations: Sequence[Mapping[str, Any]] = plan.get("operations", ())
    for ring in reversed(plan.get("rings", [])):
        gained = sum(each["ring"] == ring and each["change"] == "appears" for each in operations)
        lost = sum(each["ring"] == ring and each["change"] == "disappears" for each in operations)
        if gained or lost:
            lines.append(f"  {ring:<9} [green]+{gained:,}[/] [red]-{lost:,}[/] operations")
    return lines


def finding_from(said: Mapping[str, Any]) -> Finding:
    """The inverse of `Finding.as_dict`."""
    return Finding(
        code=said["code"],
        severity=Severity[said["severity"].upper()],
        message=said["message"],
        help=said["help"],
        location=Location(said["file"], said["line"], said["column"]),
        api=said["api"],
    )
