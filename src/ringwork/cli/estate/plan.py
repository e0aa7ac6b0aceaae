"""`ringwork plan`: what a change would expose, and to whom, before it goes live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringwork.app.gating import committed_side, live_side, proposed_side, requests_in
from ringwork.cli import changes_view, gates_view, plan_view, style_view
from ringwork.cli.github import annotated
from ringwork.cli.render import console, print_json
from ringwork.cli.sarif import sarif
from ringwork.control.belonging import another_environment
from ringwork.control.directory import ControlDirectory
from ringwork.control.sources import SourceArchive
from ringwork.fleet.state import StateDirectory
from ringwork.governance.assess import Assessment, Memory, assess
from ringwork.governance.gates.judging import judge_gates
from ringwork.governance.gates.model import GateJudgement
from ringwork.governance.plan import Plan, plan
from ringwork.governance.snapshot import ExposureSnapshot, read_snapshot
from ringwork.governance.style import StyleJudgement, judge_styles
from ringwork.kernel.cache import FileCache
from ringwork.kernel.clock import system_clock
from ringwork.kernel.findings import Finding
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
# What documents compared came to, by content.
KEPT_CHANGES = "control/cache/changes"
# What the audit found of changed APIs, by content.
KEPT_AUDITS = "control/cache/audit"
# Before a revision of Git, where an environment could be named.
GIT = "git:"


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
        typer.Option(
            "--against",
            metavar="ENVIRONMENT|git:REVISION",
            help="Compare with this environment, or with the estate as Git has it, instead of with what is live.",
        ),
    ] = None,
    format: Annotated[PlanFormat, typer.Option("--format", help="How to print it.")] = PlanFormat.TEXT,
    everything: Annotated[
        bool, typer.Option("--all", help="Every operation, not the first few of each group.")
    ] = False,
) -> None:
    """Check the estate and show what would change in each ring, what that breaks, and which gates it passes.

    Exit codes: 0 all of it can go live; 2 errors or gates keep something back; 3 nothing is missing but approvals.
    """
    with judged_plan(estate, state, environment, against) as judged:
        _print(judged, estate, format, everything=everything)
        raise typer.Exit(judged.exit_code)


@dataclass(frozen=True)
class JudgedPlan:
    """A plan, what style rules find (None: the estate has no styles), what gates say (None: nothing can go live)."""

    plan: Plan
    styles: StyleJudgement | None
    gates: GateJudgement | None

    @property
    def exit_code(self) -> int:
        """2: errors, or gates that fail, keep something back. 3: only approvals are missing."""
        if self.plan.exit_code or self.gates is None or not self.gates.held:
            return self.plan.exit_code
        return 3 if self.gates.waits_only else 2


@contextmanager
def judged_plan(
    estate: Path, state: Path, environment: str | None, against: str | None, *, secrets: bool = True
) -> Iterator[JudgedPlan]:
    """The estate against what is live, another environment or a commit. `secrets`: they have to be there. Raises
    Refused.
    """
    revision = against.removeprefix(GIT) if against is not None and against.startswith(GIT) else None
    with nullcontext() if revision is None else committed_side(estate, revision, environment) as committed:
        standing = live_snapshot(state) if against is None else None
        if committed is not None:
            before: ExposureSnapshot | None = committed.snapshot
        else:
            before = standing if against is None else other_environment(estate, against)
        memory = Memory()
        assessment = assess(
            estate, standing, memory, _resolve(state) if secrets else None, environment, locked=True
        )
        if standing is not None and assessment.intent is not None:
            _demand_environment(state, standing, assessment.intent.environment)
        styles = styles_of(estate, state, assessment, memory) if (estate / "styles").is_dir() else None
        base = committed
        if standing is not None:
            base = live_side(_sources(state), StateDirectory(state).node / "published", standing)
        gates = None
        # Environments share their documents; what differs between them breaks nobody.
        if assessment.snapshot is not None and (against is None or committed is not None):
            gates = judge_gates(
                assessment.estate,
                base,
                proposed_side(estate, assessment, memory, base),
                styles.styles if styles else (),
                today=system_clock().date(),
                answered=requests_in(state),
                cache=FileCache(state / KEPT_CHANGES) if state.is_dir() else None,
                audits=FileCache(state / KEPT_AUDITS) if state.is_dir() else None,
            )
        findings = (
            *assessment.findings,
            *(styles.findings if styles else ()),
            *(gates.findings if gates else ()),
        )
        change = plan(before, assessment.snapshot, findings, assessment.dropped, against)
        seen = len(gates.changes) if gates else 0
        yield JudgedPlan(replace(change, contracts=seen), styles, gates)


def _sources(state: Path) -> SourceArchive:
    return SourceArchive(ControlDirectory(state / "control").revisions)


def styles_of(estate: Path, state: Path, assessment: Assessment, memory: Memory) -> StyleJudgement:
    """What the rings' rules find; kept beside the state where there is one."""
    kept = FileCache(state / KEPT_STYLES) if state.is_dir() else None
    return judge_styles(estate, assessment, memory, system_clock().date(), kept)


def _print(judged: JudgedPlan, estate: Path, format: PlanFormat, *, everything: bool) -> None:
    found, styles = judged.plan, judged.styles.styles if judged.styles else ()
    gates = judged.gates or GateJudgement(False)
    match format:
        case PlanFormat.JSON:
            style = {"style": [one.as_dict() for one in styles]} if judged.styles else {}
            print_json({**found.as_dict(), "gates": gates.as_dict(), **style})
        case PlanFormat.MARKDOWN:
            typer.echo(commented(judged, everything=everything), nl=False)
        case PlanFormat.SARIF:
            print_json(sarif(findings_of(judged), estate))
        case PlanFormat.GITHUB:
            for line in annotated(findings_of(judged), estate):
                typer.echo(line)
        case PlanFormat.TEXT:
            plan_view.show(console(), found, estate, everything=everything)
            gates_view.show(console(), gates, everything=everything)
            style_view.show(console(), styles, everything=everything)


# So that whoever posts it finds the one before, and puts it in its place.
_MARK = "<!-- ringwork plan -->\n"
# Code hosts cut, or refuse, comments from 65,536 characters on.
_LONGEST_COMMENT = 60_000


def commented(judged: JudgedPlan, *, everything: bool) -> str:
    """The plan as a comment beside a change; the same plan is the same text."""
    found, gates = judged.plan, judged.gates or GateJudgement(False)
    styles = judged.styles.styles if judged.styles else ()
    text = plan_view.markdown(found, everything=everything)
    parts = (_MARK, text, gates_view.markdown(gates), style_view.markdown(styles))
    whole = "".join(parts)
    if len(whole) <= _LONGEST_COMMENT:
        return whole
    # What decides comes first: then all that fits of what there is to see.
    whole = "".join((_MARK, gates_view.markdown(gates), "\n", text))
    lines, room = [], _LONGEST_COMMENT
    for line in whole.splitlines(keepends=True):
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    fence = "```\n" if sum(line.startswith("```") for line in lines) % 2 else ""
    return f"{''.join(lines)}{fence}\n… cut: `ringwork plan` shows all of it.\n"


def findings_of(judged: JudgedPlan) -> list[Finding]:
    """For formats that know findings only."""
    styles = judged.styles.styles if judged.styles else ()
    return [
        *judged.plan.findings,
        *changes_view.as_findings(judged.plan),
        *gates_view.as_findings(judged.gates or GateJudgement(False)),
        *(one.as_finding() for one in styles if one.level < Level.HINT),
    ]


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
