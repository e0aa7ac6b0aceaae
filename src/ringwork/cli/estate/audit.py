"""`ringwork audit`: the OWASP API Security Top 10, asked of every operation as its ring has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ringwork.audience import Audience
from ringwork.cli.github import annotated
from ringwork.cli.render import console, print_json, safe, show_finding, show_findings, summary
from ringwork.cli.sarif import sarif
from ringwork.governance.assess import Memory, assess
from ringwork.governance.audit import Audit, AuditFinding, audit
from ringwork.governance.audit.report import html, markdown
from ringwork.kernel.clock import system_clock
from ringwork.kernel.findings import Finding, Severity, has_errors
from ringwork.kernel.refusal import Refused
from ringwork.style.model import Level


class AuditFormat(StrEnum):
    """Output formats: for people, for programs, for what a code host shows, and a report of each API."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    MARKDOWN = "markdown"
    HTML = "html"


class RingWord(StrEnum):
    """A ring."""

    INTERNAL = "internal"
    PARTNER = "partner"
    PUBLIC = "public"


class FailOn(StrEnum):
    """From which severity on a finding makes the command fail."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    NEVER = "never"


def run_audit(
    api: Annotated[str | None, typer.Argument(help="One API; default: all.")] = None,
    estate: Annotated[Path, typer.Option("--estate", help="Folder of the estate.")] = Path(),
    ring: Annotated[RingWord | None, typer.Option("--ring", help="One ring; default: all.")] = None,
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
    ] = None,
    format: Annotated[
        AuditFormat, typer.Option("--format", "-f", help="How to print it.")
    ] = AuditFormat.TEXT,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="With markdown and html: a folder; one report for each API, by its name."),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit code 1 from this severity on.")
    ] = FailOn.ERROR,
) -> None:
    """Ask the OWASP API Security Top 10 (2023) of each operation: by its contract and by what gateways do.

    Exit codes: 0 nothing as bad as --fail-on; 1 something; 2 errors keep something of the estate back.
    """
    memory = Memory()
    assessment = assess(estate, memory=memory, environment=environment)
    if api is not None and api not in assessment.estate.api_names:
        known = ", ".join(sorted(assessment.estate.api_names))
        raise Refused(
            "audit-api", f'there is no API "{api}"', f"Name one of {known or 'an estate with APIs'}."
        )
    today = system_clock().date()
    found = audit(estate, assessment, memory, today, api, None if ring is None else Audience[ring.name])
    errors = [one for one in assessment.findings if one.severity is Severity.ERROR]
    about = [*errors, *found.about]
    match format:
        case AuditFormat.MARKDOWN | AuditFormat.HTML:
            _report(found, format, out, today)
        case _:
            _print(found, about, format, estate)
    if format not in (AuditFormat.SARIF, AuditFormat.GITHUB):
        show_findings(console(stderr=True), about, estate)
    raise typer.Exit(2 if has_errors(about) else int(_fails(found, fail_on)))


def _fails(found: Audit, fail_on: FailOn) -> bool:
    worst = found.worst()
    return fail_on is not FailOn.NEVER and worst is not None and worst <= Level[fail_on.name]


def _print(found: Audit, about: Sequence[Finding], format: AuditFormat, estate: Path) -> None:
    match format:
        case AuditFormat.JSON:
            print_json([one.as_dict() for one in found.findings])
        case AuditFormat.SARIF:
            print_json(sarif([*about, *(one.as_finding() for one in found.findings)], estate))
        case AuditFormat.GITHUB:
            for line in annotated([*about, *(one.as_finding() for one in found.findings)], estate):
                typer.echo(line)
        case _:
            _show(console(), found, estate)


def _show(out: Console, found: Audit, estate: Path) -> None:
    findings = [_named(one) for one in found.findings]
    for finding in findings:
        show_finding(out, finding, estate)
    operations = sum(count for *_, count in found.looked_at)
    waived = sum(one.waived is not None for one in found.findings)
    told = f", of them {waived} waived" if waived else ""
    out.print(
        safe(f"{operations:,} operations of all rings asked: {summary(findings)}{told}"), highlight=False
    )


def _named(one: AuditFinding) -> Finding:
    """With the version, which has no place of its own in a line."""
    finding = one.as_finding()
    waived = "" if one.waived is None else f" (waived {one.waived})"
    return replace(finding, message=f"{one.version}, {finding.message}{waived}")


def _report(found: Audit, format: AuditFormat, out: Path | None, today: date) -> None:
    """One for each API; all of them on standard output without a folder."""
    written, ending = (markdown, "md") if format is AuditFormat.MARKDOWN else (html, "html")
    names = sorted({name for name, *_ in found.looked_at})
    if format is AuditFormat.HTML and out is None and len(names) > 1:
        raise Refused("audit-pages", "a page is about one API", "Name the API, or a folder with --out.")
    for name in names:
        text = written(found, name, today)
        if out is None:
            typer.echo(text, nl=False)
            continue
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.{ending}").write_text(text)
        except OSError as error:
            raise Refused(
                "audit-out", f"{out}: {error.strerror}", "Name a folder that can be written."
            ) from None
