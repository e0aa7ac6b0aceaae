"""`ringwork diff`: what a change of a contract means to those who call it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringwork.audience import Audience
from ringwork.cli.estate.compared import TOLERATED, Compared, opened
from ringwork.cli.github import annotated
from ringwork.cli.render import console, print_json, safe, show_finding, show_findings
from ringwork.cli.sarif import sarif
from ringwork.difference.comparing import compare
from ringwork.difference.policy import POLICIES
from ringwork.difference.printing import as_dict, as_findings, markdown, oasdiff_json, summary
from ringwork.difference.report import Difference
from ringwork.kernel.findings import Finding, Severity


class DiffFormat(StrEnum):
    """Output formats: for people, for programs, for what a code host shows, for those who move over."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    OASDIFF = "oasdiff"


class FailOn(StrEnum):
    """From which severity on a finding makes the command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class Ring(StrEnum):
    """Whose view is compared."""

    INTERNAL = "internal"
    PARTNER = "partner"
    PUBLIC = "public"


# Located, but nowhere on disk: no line is shown.
_NOWHERE = Path("/dev/null")


def run_diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A file, REVISION:FILE of Git, or applied:API/VERSION.")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same.")],
    ring: Annotated[
        Ring | None, typer.Option("--ring", help="Compare what this ring is shown, and judge by its policy.")
    ] = None,
    format: Annotated[DiffFormat, typer.Option("--format", "-f", help="How to print it.")] = DiffFormat.TEXT,
    flat: Annotated[
        bool, typer.Option("--flat", help="A finding for every operation and property a change reaches.")
    ] = False,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit code 1 from this severity on.")
    ] = FailOn.ERROR,
    state: Annotated[Path, typer.Option("--state", help="State directory, for `applied:`.")] = Path(
        ".ringwork"
    ),
) -> None:
    """Compare two versions of an OpenAPI document: what breaks those who call it, once for each cause.

    Exit codes: 0 nothing as bad as --fail-on; 1 something; 2 a document that cannot be compared.
    """
    sides = tuple(opened(name, state, by_ring=ring is not None) for name in (old, new))
    for side in sides:
        _demand_sound(side)
    audience = None if ring is None else Audience[ring.name]
    every = flat or format is DiffFormat.OASDIFF
    found = _difference(sides[0], sides[1], audience, flat=every)
    _print(found, sides[1].folder or _NOWHERE, format, flat=flat)
    worst = found.worst
    failed = fail_on is not FailOn.NEVER and worst is not None and worst >= Severity[fail_on.name]
    raise typer.Exit(int(failed))


def _difference(old: Compared, new: Compared, ring: Audience | None, *, flat: bool) -> Difference:
    before, after, names = old.opened.native, new.opened.native, (old.name, new.name)
    if ring is None:
        assert before is not None and after is not None  # demanded before
        return compare(before, after, names, flat=flat)
    # What knows rings knows the estate, and takes longer to import than two documents to compare.
    from ringwork.governance.differing import Unshown, difference

    try:
        caps = (old.cap, new.cap)
        return difference(old.opened, new.opened, names, ring=ring, flat=flat, caps=caps)
    except Unshown as error:
        show_findings(console(stderr=True), error.findings, new.folder or _NOWHERE)
        raise typer.Exit(2) from None


def _demand_sound(side: Compared) -> None:
    """Exit code 2, findings on standard error, where it cannot be compared. What was tolerated is told, too."""
    opened = side.opened
    told = [one for one in opened.findings if opened.native is None or one.code in TOLERATED]
    if told:
        show_findings(console(stderr=True), told, side.folder or _NOWHERE)
    if opened.native is None:
        raise typer.Exit(2)


def _print(found: Difference, folder: Path, format: DiffFormat, *, flat: bool) -> None:
    match format:
        case DiffFormat.JSON:
            print_json(as_dict(found, flat=flat))
        case DiffFormat.OASDIFF:
            typer.echo(json.dumps(oasdiff_json(found), ensure_ascii=False))
        case DiffFormat.MARKDOWN:
            typer.echo(markdown(found), nl=False)
        case DiffFormat.SARIF:
            print_json(sarif(as_findings(found), Path()))
        case DiffFormat.GITHUB:
            for line in annotated(as_findings(found), Path()):
                typer.echo(line)
        case DiffFormat.TEXT:
            _show(found, as_findings(found), folder, flat=flat)


def _show(found: Difference, findings: list[Finding], folder: Path, *, flat: bool) -> None:
    out = console()
    if flat:
        for one in found.flat:
            out.print(
                f"{one.level.label} \\[{one.id}] {safe(str(one.place.use.operation))}: {safe(one.text)}"
            )
    else:
        for finding, cause in zip(findings, found.causes, strict=True):
            old = found.locations.new(cause.worst.change) is None
            show_finding(out, finding, _NOWHERE if old else folder)
    if found.ring is not None:
        out.print(f"Policy of the {found.ring.label} ring: {POLICIES[found.ring].word}.")
    out.print(safe(summary(found)))
