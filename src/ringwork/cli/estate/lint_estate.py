"""`ringwork lint --estate`: what each ring reads of an estate, held to that ring's rules."""

from __future__ import annotations

from pathlib import Path

import typer

from ringwork.cli import style_view
from ringwork.cli.estate.plan import styles_of
from ringwork.cli.github import annotated
from ringwork.cli.render import console, print_json, show_findings
from ringwork.cli.sarif import sarif
from ringwork.governance.assess import Memory, assess
from ringwork.kernel.findings import Severity, has_errors
from ringwork.kernel.refusal import Refused
from ringwork.style.model import Level

_FORMATS = ("text", "json", "sarif", "github")


def lint_estate(estate: Path, state: Path, format: str, fail: Level) -> int:
    """The exit code: 0, nothing that counts is as bad as `fail`; 1, something; 2, errors keep something back."""
    if format not in _FORMATS:
        help = f"Write one of {', '.join(_FORMATS)}."
        raise Refused("lint-format", f"{format} is for documents, not for an estate", help)
    memory = Memory()
    assessment = assess(estate, memory=memory)
    judged = styles_of(estate, state, assessment, memory)
    errors = [one for one in assessment.findings if one.severity is Severity.ERROR]
    about = [*errors, *judged.findings]
    findings = [*about, *(one.as_finding() for one in judged.styles)]
    match format:
        case "json":
            print_json([one.as_dict() for one in judged.styles])
        case "sarif":
            print_json(sarif(findings, estate))
        case "github":
            for line in annotated(findings, estate):
                typer.echo(line)
        case _:
            style_view.show(console(), judged.styles, everything=True)
    if format in ("text", "json"):
        show_findings(console(stderr=True), about, estate)
    if has_errors(about):
        return 2
    worst = judged.worst()
    return int(worst is not None and worst <= fail)
