"""`ringwork api add`: an OpenAPI document becomes an API of the estate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ringwork.audience import OUTER, Audience
from ringwork.audience.audience import WORDS, understood
from ringwork.cli.estate.classify import ask_for_answers, ask_for_audience, ask_for_owner, show_suggestion
from ringwork.cli.estate.prompts import somebody_is_there
from ringwork.cli.render import Format, console, print_json, safe, show_findings
from ringwork.governance.adding import (
    EVERY_PATH_ITEM,
    OVERLAY_FILE,
    AddedApi,
    NewApi,
    add_api_to_estate,
    labelling_overlay,
)
from ringwork.governance.assess import Assessment, assess
from ringwork.governance.classification import (
    Answers,
    BreakingChange,
    Channel,
    Consumers,
    Enforcement,
    SourceAccess,
    Trust,
    suggest,
)
from ringwork.governance.exposed.lock import LOCK_FILE, read_lock
from ringwork.governance.exposed.writing import WrittenLock, locked, write_lock
from ringwork.governance.plan import VersionReach, plan
from ringwork.kernel.findings import Severity
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean

apis = typer.Typer(no_args_is_help=True, help="APIs of an estate.")


@apis.command("add")
def add_api(
    file: Annotated[Path, typer.Argument(help="OpenAPI 3.0 or 3.1 document, YAML or JSON.")],
    audience: Annotated[
        str | None, typer.Option(help="internal, partner or public; asked for when left out.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name in the estate; default: from the title.")] = None,
    title: Annotated[str | None, typer.Option(help="Default: the document's.")] = None,
    version: Annotated[str, typer.Option(help="Name of the version.")] = "v1",
    upstream: Annotated[
        str | None, typer.Option(help="Where requests go; default: the document's server.")
    ] = None,
    owner_team: Annotated[str | None, typer.Option(help="Team that answers for it.")] = None,
    owner_contact: Annotated[str | None, typer.Option(help="Where that team is reached.")] = None,
    estate: Annotated[Path, typer.Option(help="Folder of the estate.")] = Path(),
    label_all: Annotated[str | None, typer.Option(help="Label every operation with this audience.")] = None,
    consumers: Annotated[Consumers | None, typer.Option(help="Who consumes it?")] = None,
    channel: Annotated[Channel | None, typer.Option(help="How do you reach them?")] = None,
    trust: Annotated[Trust | None, typer.Option(help="How far do you trust them?")] = None,
    breaking_change: Annotated[BreakingChange | None, typer.Option(help="What does one cost them?")] = None,
    enforcement: Annotated[Enforcement | None, typer.Option(help="Can you enforce their usage?")] = None,
    source_access: Annotated[SourceAccess | None, typer.Option(help="Can they read the source?")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.TEXT,
) -> None:
    """Copy an OpenAPI document into the estate and show what each ring will get of it."""
    out = console(stderr=format is Format.JSON)
    answers = Answers(consumers, channel, trust, breaking_change, enforcement, source_access)
    if audience is None and somebody_is_there():
        answers = ask_for_answers(answers)
    new = NewApi(
        document=file,
        audience=_word(audience) if audience is not None else _decided(out, answers),
        name=name,
        title=title,
        version=version,
        upstream=upstream,
        owner_team=owner_team or ask_for_owner("team"),
        owner_contact=owner_contact or ask_for_owner("contact"),
        label_all=None if label_all is None else _word(label_all),
        answers=answers,
    )
    added = add_api_to_estate(estate, new)
    assessment = assess(estate)
    written = _locked(estate, assessment, added.name)
    if format is Format.JSON:
        print_json(_as_dict(added, new.audience, assessment, written))
    else:
        _show(out, added, new, assessment, written, estate)
    raise typer.Exit(2 if added.name in assessment.dropped or assessment.intent is None else 0)


def _locked(root: Path, assessment: Assessment, name: str) -> WrittenLock:
    """What is added now is no surprise to anybody: its lines are written, less those for sensitive values."""
    keep = set(assessment.dropped)
    written = locked(read_lock(root), assessment.estate, assessment.exposures, keep=keep, only=name)
    write_lock(root, written.text)
    return written


def _word(text: str) -> Audience:
    audience = understood(text)
    if audience is None:
        raise Refused("unknown-audience", f'"{text}" is not an audience', did_you_mean(text, WORDS))
    return audience


def _decided(out: Console, given: Answers) -> Audience:
    """From the answers: asked for where somebody is there to answer, else from the options alone."""
    if somebody_is_there():
        suggestion = suggest(given)
        show_suggestion(out, suggestion)
        return ask_for_audience(suggestion)
    if given.is_empty:
        help = "Add --audience internal, partner or public; or answer --consumers, --trust, …, and it is suggested."
        raise Refused("audience-missing", "who is this API for?", help)
    suggestion = suggest(given)
    show_suggestion(out, suggestion)
    return suggestion.audience


def _reach(added: AddedApi, assessment: Assessment) -> VersionReach | None:
    rows = plan(None, assessment.snapshot).reach
    return next((row for row in rows if (row.api, row.version) == (added.name, added.version)), None)


def _as_dict(
    added: AddedApi, audience: Audience, assessment: Assessment, written: WrittenLock
) -> dict[str, object]:
    reach = _reach(added, assessment)
    findings = [finding.as_dict() for finding in assessment.findings if finding.api == added.name]
    return {
        "name": added.name,
        "version": added.version,
        "audience": audience.label,
        "files": list(added.files),
        "reach": None if reach is None else reach.as_dict(),
        "locked": len(written.added),
        "not_approved": list(written.left_out),
        "findings": findings,
    }


def _show(
    out: Console, added: AddedApi, new: NewApi, assessment: Assessment, written: WrittenLock, root: Path
) -> None:
    out.print(
        f"Added [bold]{safe(added.name)}[/] {safe(added.version)}: {len(added.files)} files below apis/.\n"
    )
    findings = [
        finding
        for finding in assessment.findings
        if finding.severity > Severity.INFO
        and (finding.api == added.name or finding.severity is Severity.ERROR)
    ]
    show_findings(out, findings, root)
    reach = _reach(added, assessment)
    if reach is None:
        return
    for ring, count in reach.per_ring.items():
        out.print(f"  {ring.label:<9} {count:>6,} of {reach.operations:,} operations")
    if written.added:
        out.print(f"  {LOCK_FILE}: {len(written.added):,} lines of what partner and public can send and read")
    if written.left_out:
        out.print(
            f"  {len(written.left_out):,} sensitive values are not approved: ringwork exposure --write --sensitive"
        )
    if _outer_rings_get_nothing(new, reach):
        _explain_labels(out, added, new.audience)


def _outer_rings_get_nothing(new: NewApi, reach: VersionReach) -> bool:
    wanted = [ring for ring in OUTER if new.audience.reaches(ring)]
    return bool(wanted) and not any(reach.per_ring.get(ring, 0) for ring in wanted)


def _explain_labels(out: Console, added: AddedApi, audience: Audience) -> None:
    """Nothing is labelled: say how, with a path of this very document."""
    target = f"$.paths['{added.first_path}']" if added.first_path else EVERY_PATH_ITEM
    where = f"apis/{safe(added.name)}/{OVERLAY_FILE}"
    out.print(f"\nNo label says which operations are {audience.label}: unlabelled ones stay internal.")
    out.print(
        f"Put [bold]x-audience: {audience.label}[/] on paths or operations. In a document that is not yours,"
    )
    out.print(f"do it by an overlay, {where}, named in api.yaml: overlays: \\[{OVERLAY_FILE}]\n")
    overlay = labelling_overlay(target, audience, f"Audience of {added.name}")
    out.print("\n".join(f"    {safe(line)}" for line in overlay.splitlines()))
    out.print(f"\nOr all at once, when adding: --label-all {audience.label}. Then: ringwork plan")
