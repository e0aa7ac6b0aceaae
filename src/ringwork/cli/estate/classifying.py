"""`ringwork classify`: which audience an API should have, by what is known of those who use it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.estate.classify import ask_for_answers, show_suggestion
from ringwork.cli.estate.prompts import somebody_is_there
from ringwork.cli.render import Format, console, print_json, show_findings
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
from ringwork.governance.classifying import answers_of, answers_said, answers_yaml, contradictions
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.refusal import Refused
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.estate import LoadedApi


def run_classify(
    api: Annotated[
        str | None, typer.Argument(help="An API of the estate, whose api.yaml may have answers already.")
    ] = None,
    estate: Annotated[Path, typer.Option(help="Folder of the estate.")] = Path(),
    consumers: Annotated[Consumers | None, typer.Option(help="Who consumes it?")] = None,
    channel: Annotated[Channel | None, typer.Option(help="How do you reach them?")] = None,
    trust: Annotated[Trust | None, typer.Option(help="How far do you trust them?")] = None,
    breaking_change: Annotated[BreakingChange | None, typer.Option(help="What does one cost them?")] = None,
    enforcement: Annotated[Enforcement | None, typer.Option(help="Can you enforce their usage?")] = None,
    source_access: Annotated[SourceAccess | None, typer.Option(help="Can they read the source?")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
) -> None:
    """Answer six questions about those who use an API; see which audience that suggests, and what follows from it.

    Exit codes: 0 the estate agrees, or no API was named; 1 it reaches further than the answers suggest; 2 there are no
    answers.
    """
    given = Answers(consumers, channel, trust, breaking_change, enforcement, source_access)
    assessment = None if api is None else assess(estate)
    loaded = None if assessment is None or api is None else _loaded(assessment, api)
    known = given if loaded is None else _over(answers_of(loaded.manifest.classification), given)
    if somebody_is_there() and format is Format.TEXT:
        known = ask_for_answers(known)
    if known.is_empty:
        help = "Write `classification` into api.yaml, or answer --consumers, --trust, …"
        raise Refused("classification-missing", "nothing is known of those who use it", help)
    findings: list[Finding] = []
    if loaded is not None and assessment is not None:
        exposures = [one for one in assessment.exposures if one.api == loaded.name]
        findings = list(contradictions(loaded, exposures, known))
    _print(known, findings, estate, format)
    raise typer.Exit(int(any(finding.severity > Severity.INFO for finding in findings)))


def _loaded(assessment: Assessment, name: str) -> LoadedApi:
    known = {one.name: one for one in assessment.estate.apis}
    if name not in known:
        raise Refused("api-unknown", f'there is no sound API "{name}" here', did_you_mean(name, known))
    return known[name]


def _over(said: Answers, given: Answers) -> Answers:
    """What is given counts before what is written."""
    return Answers(
        given.consumers or said.consumers,
        given.channel or said.channel,
        given.trust or said.trust,
        given.breaking_change or said.breaking_change,
        given.enforcement or said.enforcement,
        given.source_access or said.source_access,
    )


def _print(known: Answers, findings: list[Finding], estate: Path, format: Format) -> None:
    suggestion, written = suggest(known), answers_yaml(known)
    if format is Format.JSON:
        said = {
            "findings": [finding.as_dict() for finding in findings],
            "classification": answers_said(known),
        }
        print_json(suggestion.as_dict() | said)
        return
    if format is Format.MARKDOWN:
        lines = [f"**Suggested audience: {suggestion.audience.label}**", ""]
        lines += [f"- because {reason}" for reason in suggestion.reasons]
        lines += [f"- although {doubt}" for doubt in suggestion.doubts]
        lines += [f"- {finding.message}. {finding.help}" for finding in findings]
        typer.echo("\n".join([*lines, "", "```yaml", written + "```"]))
        return
    out = console()
    show_suggestion(out, suggestion)
    out.print("\nIn api.yaml, so that plans tell where the estate contradicts it:\n")
    out.print(written, markup=False)
    show_findings(out, [one for one in findings if one.code != "classification-doubtful"], estate)
