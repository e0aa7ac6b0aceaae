"""`ringwork exposure`: what each ring sees, down to the field; and the lock that says so."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringwork.audience import Audience, understood
from ringwork.audience.audience import WORDS
from ringwork.cli import exposure_view
from ringwork.cli.render import console, print_json, safe, show_findings
from ringwork.governance.assess import Assessment, assess
from ringwork.governance.exposed.lock import LOCK_FILE, read_lock
from ringwork.governance.exposed.matrix import Row, rows
from ringwork.governance.exposed.writing import WrittenLock, locked, write_lock
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean


class Report(StrEnum):
    """Output formats of the matrix."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def show_exposure(
    estate: Annotated[Path, typer.Argument(help="Folder of the estate.")] = Path(),
    api: Annotated[str | None, typer.Option("--api", help="Only this API.")] = None,
    ring: Annotated[
        str | None, typer.Option("--ring", help="Only what this ring sees: internal, partner or public.")
    ] = None,
    fields: Annotated[
        bool, typer.Option("--fields", help="What is sent and read too, not operations alone.")
    ] = False,
    format: Annotated[Report, typer.Option("--format", help="How to print it.")] = Report.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the report into this file instead.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help=f"Write {LOCK_FILE}: what the estate exposes, to be reviewed.")
    ] = False,
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help="With --write: approve newly exposed sensitive values too.")
    ] = False,
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
    ] = None,
) -> None:
    """Show what each ring sees: operation by ring, and field by ring. Exit code 2: errors keep an API back."""
    assessment = assess(estate, environment=environment)
    _demand_known(assessment, api)
    if write:
        _write(estate, assessment, api, sensitive=sensitive)
        return
    found = list(rows(assessment.exposures, api=api, ring=None if ring is None else _ring(ring)))
    _print(found, format, out, fields=fields or api is not None)
    if assessment.dropped:
        show_findings(console(stderr=True), [one for one in assessment.findings if one.api], estate)
        raise typer.Exit(2)


def _demand_known(assessment: Assessment, api: str | None) -> None:
    if assessment.estate.organization is None and not assessment.estate.apis:
        help = "Name the folder that holds ringwork.yaml; `ringwork plan` says what is wrong with it."
        raise Refused("estate-unusable", "there is no estate to report on", help)
    if api is not None and api not in assessment.estate.api_names:
        help = did_you_mean(api, assessment.estate.api_names)
        raise Refused("api-unknown", f'the estate has no API "{api}"', help)


def _ring(word: str) -> Audience:
    ring = understood(word)
    if ring is None:
        raise Refused("ring-unknown", f'"{word}" is no ring', did_you_mean(word, WORDS))
    return ring


def _write(estate: Path, assessment: Assessment, api: str | None, *, sensitive: bool) -> None:
    written = locked(
        read_lock(estate),
        assessment.estate,
        assessment.exposures,
        keep=set(assessment.dropped),
        only=api,
        sensitive=sensitive,
    )
    write_lock(estate, written.text)
    _say(written)
    if assessment.dropped:
        errors = [one for one in assessment.findings if one.api in assessment.dropped]
        show_findings(console(stderr=True), errors, estate)
    if written.left_out or assessment.dropped:
        raise typer.Exit(2)


def _say(written: WrittenLock) -> None:
    console().print(f"{LOCK_FILE}: {len(written.added):,} lines added, {len(written.removed):,} removed.")
    for lines, sign in ((written.removed, "-"), (written.added, "+")):
        for line in exposure_view.first_of(lines):
            console().print(f"  {sign} {safe(line)}")
    if written.left_out:
        err = console(stderr=True)
        count = f"{len(written.left_out):,} line{'' if len(written.left_out) == 1 else 's'}"
        err.print(f"\n[bold yellow]Not approved[/]: {count} for sensitive values; --sensitive adds them:")
        for line in exposure_view.first_of(written.left_out):
            err.print(f"  {safe(line)}")


def _print(found: list[Row], format: Report, out: Path | None, *, fields: bool) -> None:
    if format is Report.TEXT:
        exposure_view.show(console(), found, fields=fields)
        return
    if format is Report.JSON and out is None:
        print_json([row.as_dict() for row in found])
        return
    text = exposure_view.as_json(found) if format is Report.JSON else exposure_view.as_html(found)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        help = "Choose another file."
        raise Refused("not-writable", f"cannot write {out}: {error.strerror}", help) from None
