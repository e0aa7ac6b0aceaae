"""`ringwork plan`: what a change would expose, and to whom, before it goes live."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli import changes_view, plan_view, style_view
from ringwork.cli.github import annotated
from ringwork.cli.render import console, print_json
from ringwork.cli.sarif import sarif
from ringwork.control.belonging import another_environment
from ringwork.governance.assess import Assessment, Memory, assess
from ringwork.governance.plan import Plan, plan
from ringwork.governance.snapshot import ExposureSnapshot, read_snapshot
from ringwork.governance.style import StyleJudgement, judge_styles
from ringwork.kernel.cache import FileCache
from ringwork.kernel.clock import system_clock
from ringwork.kernel.refusal import Refused
from ringwork.style.model import Level


class PlanFormat(StrEnum):
    """Output formats of a plan: for people, for programs, for what a code host shows beside a change."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    GITHUB = "github"


DEFAULT_STATE = Path(".ringwork")
# Written by whoever applies a revision: `ExposureSnapshot.as_dict()` as JSON, and its parts.
LIVE_SNAPSHOT = "control/exposure.json"
LIVE_PARTS = "control/revisions/objects"
# What style rules found, by content.
KEPT_STYLES = "control/cache/style"


def show_plan(
    estate: Annotated[Path, typer.Argument(help="Folder of the estate.")] = Path(),
    state: Annotated[
        Path, typer.Option("--state", help="State directory: what is live is compared with the estate.")
    ] = DEFAULT_STATE,
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", help="Compare with this environment instead of with what is live."),
    ] = None,
    format: Annotated[PlanFormat, typer.Option("--format", help="How to print it.")] = PlanFormat.TEXT,
    everything: Annotated[
        bool, typer.Option("--all", help="Every operation, not the first few of each group.")
    ] = False,
) -> None:
    """Check the estate and show what would change in each ring. Exit code 2: errors keep something back."""
    standing = live_snapshot(state) if against is None else None
    before = standing if against is None else other_environment(estate, against)
    memory = Memory()
    assessment = assess(estate, standing, memory, _resolve(state), environment, locked=True)
    if standing is not None and assessment.intent is not None:
        _demand_environment(state, standing, assessment.intent.environment)
    styles = styles_of(estate, state, assessment, memory) if (estate / "styles").is_dir() else None
    findings = (*assessment.findings, *(styles.findings if styles else ()))
    found = plan(before, assessment.snapshot, findings, assessment.dropped, against)
    _print(found, styles, estate, format, everything=everything)
    raise typer.Exit(found.exit_code)


def styles_of(estate: Path, state: Path, assessment: Assessment, memory: Memory) -> StyleJudgement:
    """What the rings' rules find; kept beside the state where there is one."""
    kept = FileCache(state / KEPT_STYLES) if state.is_dir() else None
    return judge_styles(estate, assessment, memory, system_clock().date(), kept)


def _print(
    found: Plan, judged: StyleJudgement | None, estate: Path, format: PlanFormat, *, everything: bool
) -> None:
    styles = judged.styles if judged else ()
    findings = [
        *found.findings,
        *changes_view.as_findings(found),
        *(one.as_finding() for one in styles if one.level < Level.HINT),
    ]
    match format:
        case PlanFormat.JSON:
            style = {"style": [one.as_dict() for one in styles]} if judged else {}
            print_json({**found.as_dict(), **style})
        case PlanFormat.MARKDOWN:
            text = plan_view.markdown(found, everything=everything)
            typer.echo(text + style_view.markdown(styles), nl=False)
        case PlanFormat.SARIF:
            print_json(sarif(findings, estate))
        case PlanFormat.GITHUB:
            for line in annotated(findings, estate):
                typer.echo(line)
        case PlanFormat.TEXT:
            plan_view.show(console(), found, estate, everything=everything)
            style_view.show(console(), styles, everything=everything)


def other_environment(estate: Path, name: str) -> ExposureSnapshot:
    """The estate as it is in another environment. Raises Refused where nothing of it could go live there."""
    found = assess(estate, environment=name).snapshot
    if found is None:
        help = f"`ringwork plan --environment {name}` says why."
        raise Refused("environment-unusable", f'nothing could go live in "{name}"', help)
    return found


def _demand_environment(state: Path, live: ExposureSnapshot, environment: str) -> None:
    if live.estate.environment != environment:
        raise another_environment(state, live.estate.environment, environment)


def _resolve(state: Path) -> Callable[[str], str]:
    """Values of secrets; what it takes to know them is loaded when an estate names one."""

    def value(reference: str) -> str:
        from ringwork.app.stores import secret_values
        from ringwork.fleet.state import StateDirectory

        return secret_values(StateDirectory(state))(reference)

    return value


def live_snapshot(state: Path) -> ExposureSnapshot | None:
    """What the last applied revision exposes; None where nothing was applied yet."""
    path = state / LIVE_SNAPSHOT
    try:
        return read_snapshot(path, state / LIVE_PARTS)
    except (OSError, ValueError) as error:
        help = "Apply again to write it anew, or name another --state."
        raise Refused("state-unreadable", f"cannot read {path}: {error}", help) from None
