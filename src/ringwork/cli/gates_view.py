"""What a change breaks and which gates it passes, by API and ring, the furthest ring first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console

from ringwork.cli.render import printable, safe
from ringwork.governance.gates.finding import shown
from ringwork.governance.gates.model import GateJudgement, GateResult, RingChange, State, VersionChange
from ringwork.kernel.findings import Finding

_BREAKS_SHOWN = 5
_RINGS_SHOWN = 20
_COLORS = {State.PASSED: "green", State.LENIENT: "yellow", State.WAITING: "yellow", State.FAILED: "red"}


def show(out: Console, judged: GateJudgement, *, everything: bool) -> None:
    """Nothing where nothing changes for anybody."""
    compared = [change for change in judged.changes if any(_told(one) for one in change.versions)]
    if compared:
        out.print("\n[bold]What callers notice[/]")
        for change in compared if everything else compared[:_RINGS_SHOWN]:
            for line in _change_lines(change, everything=everything):
                out.print(f"  {safe(line)}")
    risks = [line for change in judged.changes for line in _risk_lines(change)]
    if risks:
        out.print("\n[bold]What the audit finds new[/]")
        for line in risks if everything else risks[:_RINGS_SHOWN]:
            out.print(f"  {safe(line)}")
        if len(risks) > _RINGS_SHOWN and not everything:
            out.print(f"  [dim]… and {len(risks) - _RINGS_SHOWN:,} more (--all shows them)[/]")
    if not judged.results:
        return
    out.print(f"\n[bold]{safe(title(judged))}[/]")
    if not judged.enforced and not everything:
        out.print(f"  [dim]{safe(_unenforced(judged))}[/]")
        return
    groups = list(_groups(judged))
    for (api, ring), results in groups if everything else groups[:_RINGS_SHOWN]:
        words = ", ".join(f"[{_COLORS[one.state]}]{safe(_word(one))}[/]" for one in results)
        out.print(f"  {safe(api)} {ring}: {words}")
        for line in _why(results):
            out.print(f"      {safe(line)}")
    if len(groups) > _RINGS_SHOWN and not everything:
        out.print(f"  [dim]… and {len(groups) - _RINGS_SHOWN:,} more (--all shows them)[/]")


def title(judged: GateJudgement) -> str:
    """`Gates: orders and crm stay behind`."""
    if not judged.enforced:
        return "Gates: none are enforced, the estate has no styles/gates.yaml"
    held = judged.held
    if not held:
        return "Gates: all passed"
    failed = sorted(name for name, state in held.items() if state is State.FAILED)
    waiting = sorted(set(held) - set(failed))
    parts = [
        f"{', '.join(names)} {word}"
        for names, word in ((failed, "stays behind"), (waiting, "waits"))
        if names
    ]
    return f"Gates: {'; '.join(parts)}"


def _unenforced(judged: GateJudgement) -> str:
    asking = [one for one in judged.results if one.state in (State.WAITING, State.FAILED)]
    apis = sorted({one.api for one in asking})
    if not asking:
        return "By the defaults, everything would pass (docs/gates.md)."
    named = ", ".join(apis[:5]) + (f" and {len(apis) - 5} more" if len(apis) > 5 else "")
    return f"By the defaults, {named} would have to pass some; --all shows which (docs/gates.md)."


def _groups(judged: GateJudgement) -> Iterator[tuple[tuple[str, str], list[GateResult]]]:
    for (api, ring), results in groupby(judged.results, key=lambda one: (one.api, one.ring)):
        yield (api, ring.label), list(results)


def _word(result: GateResult) -> str:
    return f"{result.gate} {_STATES[result.state]}"


_STATES = {
    State.PASSED: "passed",
    State.LENIENT: "passed, with findings",
    State.WAITING: "waiting",
    State.FAILED: "failed",
}


def _why(results: Sequence[GateResult]) -> Iterator[str]:
    for one in results:
        if one.state is State.WAITING:
            many = f"{one.quorum} of " if one.quorum > 1 else ""
            asked = f", request {one.approval}" if one.approval else ", nobody was asked"
            yield f"{one.gate} waits for {many}{', '.join(one.approvers)}{asked}"
        elif one.state is State.FAILED and one.gate != "breaking":
            for finding in one.findings[:_BREAKS_SHOWN]:
                yield f"{one.gate}: {finding.location} {finding.message} [{finding.code}]"
            if one.found > _BREAKS_SHOWN:
                yield f"{one.gate}: … and {one.found - _BREAKS_SHOWN:,} more"
        if one.waived:
            yield f"{one.gate}: {one.waived:,} waived"


def _told(version: VersionChange) -> bool:
    return version.unread or bool(version.broken or version.may_break or version.other)


def _change_lines(change: RingChange, *, everything: bool) -> Iterator[str]:
    for one in change.versions:
        if one.unread:
            yield f"{change.api} {one.version} {change.ring.label}: what is live was not kept"
        elif _told(one):
            yield f"{change.api} {one.version} {change.ring.label}: {_counted(one)}"
            breaks = one.breaks if everything else one.breaks[:_BREAKS_SHOWN]
            yield from (f"    breaks: {each.text}; {each.reach} ({each.location})" for each in breaks)
            if one.broken > len(breaks):
                yield f"    … and {one.broken - len(breaks):,} more"


def _risk_lines(change: RingChange) -> Iterator[str]:
    for one in change.risks:
        about = f"{one.operation}: " if one.operation else ""
        yield f"{one.api} {one.version} {one.ring.label}: {about}{one.message} [{one.code}] ({one.location})"


def _counted(version: VersionChange) -> str:
    parts = [
        f"{version.broken:,} breaking" if version.broken else "",
        f"{version.may_break:,} that may break" if version.may_break else "",
        f"{version.other:,} other" if version.other else "",
    ]
    step = "" if version.step == "none" else f"; {version.step} step"
    needed = f" to {version.needed}" if version.needed and version.step != "none" else ""
    return f"{', '.join(part for part in parts if part)}{step}{needed}"


def markdown(judged: GateJudgement) -> str:
    """For a comment beside a change; empty where nothing changes for anybody."""
    lines: list[str] = []
    compared = [change for change in judged.changes if any(_told(one) for one in change.versions)]
    if compared:
        lines += ["", "### What callers notice", ""]
        for change in compared[:_RINGS_SHOWN]:
            for line in _change_lines(change, everything=False):
                lines.append(f"  - {_inline(line.strip())}" if line.startswith(" ") else f"- {_inline(line)}")
        if len(compared) > _RINGS_SHOWN:
            lines.append(f"- … and {len(compared) - _RINGS_SHOWN:,} more")
    risks = [line for change in judged.changes for line in _risk_lines(change)]
    if risks:
        lines += ["", "### What the audit finds new", ""]
        lines += [f"- {_inline(line)}" for line in risks[:_RINGS_SHOWN]]
        if len(risks) > _RINGS_SHOWN:
            lines.append(f"- … and {len(risks) - _RINGS_SHOWN:,} more")
    if judged.results:
        lines += ["", f"### {title(judged)}", ""]
        if judged.enforced:
            lines += _table(judged)
        else:
            lines.append(_unenforced(judged))
    return "\n".join([*lines, ""]) if lines else ""


def _table(judged: GateJudgement) -> Iterator[str]:
    yield "| API | ring | gate | | |"
    yield "|---|---|---|---|---|"
    told = [one for one in judged.results if one.state is not State.PASSED or one.waived]
    for one in told[: _RINGS_SHOWN * 3]:
        why = "; ".join(_why([one])) or (f"{one.found:,} findings" if one.found else "")
        yield f"| {one.api} | {one.ring.label} | {one.gate} ({one.demand}) | {one.state.value} | {_inline(why)} |"
    passed = sum(1 for one in judged.results if one.state is State.PASSED)
    yield ""
    yield f"{passed:,} passed, {len(judged.results) - passed:,} others."


def _inline(text: str) -> str:
    return printable(text).replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


def as_findings(judged: GateJudgement) -> list[Finding]:
    """For formats that know findings only: what breaks, what the audit finds new, and what keeps something back."""
    breaking = [one for one in judged.results if one.gate == "breaking"]
    failing = [one for one in breaking if judged.enforced and one.state is State.FAILED]
    others = [finding for one in breaking if one not in failing for finding in one.findings]
    others += [one.as_finding() for change in judged.changes for one in change.risks]
    return [*(finding for one in failing for finding in one.findings), *shown(others), *judged.holding()]
