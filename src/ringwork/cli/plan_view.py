"""A plan as a page one can read: the widest consequence first, eight hundred operations by what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ringwork.audience import Audience
from ringwork.cli import changes_view
from ringwork.cli.render import findings_markdown, printable, safe, show_findings
from ringwork.governance.plan import OperationChange, Plan, SettingChange
from ringwork.kernel.findings import Severity

_OPERATIONS_SHOWN = 5
_GROUPS_SHOWN = 12
_TEXT_SHOWN = 160


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Operations of one version that one label opens to, or closes for, one ring."""

    api: str
    version: str
    because: str
    operations: tuple[OperationChange, ...]


@dataclass(frozen=True, slots=True)
class RingChanges:
    """What one ring starts, or ceases, to see. `groups` are what it sees that no ring further out does."""

    ring: Audience
    appears: bool
    operations: int
    further_out: int
    groups: tuple[ChangeGroup, ...]

    @property
    def sentence(self) -> str:
        count = f"{self.operations:,} operation{'' if self.operations == 1 else 's'}"
        also = f", {self.further_out:,} of them listed above" if self.further_out else ""
        return f"{self.ring.label} ring {'starts' if self.appears else 'ceases'} to see {count}{also}"


def ring_changes(changes: Sequence[OperationChange]) -> list[RingChanges]:
    """Changes by ring and direction, as they are ordered; inside by version and by the label that decides."""
    found = []
    listed: set[tuple[bool, tuple[str, ...]]] = set()
    for (ring, appears), members in groupby(changes, key=lambda change: (change.ring, change.appears)):
        rows = list(members)
        own = [row for row in rows if (appears, row.operation.key) not in listed]
        listed |= {(appears, row.operation.key) for row in own}
        found.append(RingChanges(ring, appears, len(rows), len(rows) - len(own), tuple(_groups(own))))
    return found


def _groups(rows: list[OperationChange]) -> Iterator[ChangeGroup]:
    by_cause: dict[tuple[str, str, str], list[OperationChange]] = {}
    for row in rows:
        by_cause.setdefault((row.operation.api, row.operation.version, row.because), []).append(row)
    # Labels on single operations are many groups of one: together they are one group "labelled one by one".
    singles: dict[tuple[str, str], list[OperationChange]] = {}
    for (api, version, because), members in by_cause.items():
        if len(members) > 1:
            yield ChangeGroup(api, version, because, tuple(members))
        else:
            singles.setdefault((api, version), []).extend(members)
    for (api, version), members in singles.items():
        yield ChangeGroup(api, version, "", tuple(members))


def show(out: Console, plan: Plan, root: Path, *, everything: bool) -> None:
    """The plan as text."""
    _show_verdict(out, plan)
    for line in overridden_lines(plan, everything=everything):
        out.print(f"  [dim]{safe(line)}[/]")
    _show_reach(out, plan)
    changes_view.show_sensitive(out, plan, everything=everything)
    for changes in ring_changes(plan.operations):
        _show_ring(out, changes, everything=everything)
    changes_view.show(out, plan, everything=everything)
    out.print()
    for change in plan.settings:
        _show_setting(out, change)
    if plan.findings:
        out.print("\n[bold]Findings[/]\n")
        shown = sorted(plan.findings, key=lambda finding: -finding.severity)
        show_findings(out, shown, root)


def _show_verdict(out: Console, plan: Plan) -> None:
    out.print(f"[bold]{safe(verdict(plan))}[/]")
    if plan.dropped:
        out.print(f"[bold red]Stays behind:[/] {safe(behind(plan))}; errors below")


def verdict(plan: Plan) -> str:
    """The page's first sentence."""
    if plan.blocked:
        return "Nothing can go live: the errors below concern the whole estate."
    if plan.against is not None:
        same = "no difference to" if plan.is_empty else "compared with"
        return f"Environment {plan.environment}, {same} {plan.against}{'.' if plan.is_empty else ':'}"
    if plan.is_empty:
        return "Nothing would change." if not plan.is_first else "There is nothing to go live yet."
    return "Nothing is live yet: everything is new." if plan.is_first else "Compared with what is live:"


def overridden_lines(plan: Plan, *, everything: bool) -> list[str]:
    """`environments/staging.yaml:5:3 decides upstream.url of api orders`."""
    lines = [f"{each.stated_at} decides {each.key} of {each.kind} {each.name}" for each in plan.overridden]
    if everything or len(lines) <= _GROUPS_SHOWN:
        return lines
    return [*lines[:_GROUPS_SHOWN], f"… and {len(lines) - _GROUPS_SHOWN} more (--all shows them)"]


def behind(plan: Plan) -> str:
    """APIs that errors keep out of the change, and what becomes of them."""
    live = {reach.api for reach in plan.reach}
    return ", ".join(
        f"{name} (stays as it is)" if name in live else f"{name} (not live)" for name in plan.dropped
    )


def _show_reach(out: Console, plan: Plan) -> None:
    if not plan.reach:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("API")
    table.add_column("version")
    table.add_column("operations", justify="right")
    for ring in plan.rings:
        table.add_column(ring.label, justify="right")
    for reach in plan.reach:
        counts = [f"{reach.per_ring[ring]:,}" for ring in plan.rings]
        table.add_row(safe(reach.api), safe(reach.version), f"{reach.operations:,}", *counts)
    out.print()
    out.print(table)


def _show_ring(out: Console, changes: RingChanges, *, everything: bool) -> None:
    colour = "green" if changes.appears else "red"
    out.print(f"\n[bold {colour}]{'+' if changes.appears else '-'} {changes.sentence}[/]")
    groups = shown_groups(changes, everything=everything)
    for group in groups:
        out.print(f"  {safe(group_title(group))}")
        for line in group_lines(group, everything=everything):
            out.print(f"      {safe(line)}")
    if groups and len(groups) < len(changes.groups):
        out.print(f"  [dim]… and {len(changes.groups) - len(groups)} more groups (--all shows them)[/]")


def shown_groups(changes: RingChanges, *, everything: bool) -> tuple[ChangeGroup, ...]:
    """The first groups. What appears inside surprises nobody, and the table has its count."""
    if everything:
        return changes.groups
    return () if changes.appears and not changes.ring.is_outer else changes.groups[:_GROUPS_SHOWN]


def group_title(group: ChangeGroup) -> str:
    """`orders v1: 3 operations, because of apis/orders/overlay.yaml:6:5`."""
    count = len(group.operations)
    cause = f", because of {group.because}" if group.because else ""
    return f"{group.api} {group.version}: {count:,} operation{'' if count == 1 else 's'}{cause}"


def group_lines(group: ChangeGroup, *, everything: bool) -> list[str]:
    """One line per operation, the first few unless `everything`."""
    rows = group.operations if everything else group.operations[:_OPERATIONS_SHOWN]
    width = max(len(f"{row.operation.method} {row.operation.template}") for row in rows)
    lines = []
    for row in rows:
        call = f"{row.operation.method} {row.operation.template}"
        lines.append(call if group.because else f"{call:<{min(width, 60)}}  {row.because}")
    if len(rows) < len(group.operations):
        lines.append(f"… {len(group.operations) - len(rows):,} more")
    return lines


def _show_setting(out: Console, change: SettingChange) -> None:
    colour = {"added": "green", "removed": "red", "changed": "yellow"}[change.change]
    lines = setting_lines(change)
    if change.change == "added":
        out.print(f"[bold {colour}]{setting_title(change)}[/]: {safe(' '.join(lines))}")
        return
    out.print(f"[bold {colour}]{setting_title(change)}[/]")
    for line in lines:
        out.print(f"  {safe(line)}")


def setting_title(change: SettingChange) -> str:
    """`~ partner globex`."""
    sign = {"added": "+", "removed": "-", "changed": "~"}[change.change]
    return f"{sign} {change.kind} {change.name}"


def setting_lines(change: SettingChange) -> list[str]:
    """What is new in one line; what changed, key by key; nothing for what is gone."""
    if change.change == "removed":
        return []
    if change.change == "added":
        return [_in_short({key: after for key, (_, after) in change.values.items()})]
    return [f"{key}: {_difference(before, after)}" for key, (before, after) in change.values.items()]


# What a reader wants to know first of something new; the rest is in `--format json`.
_SHORT = (
    *("listen", "prefix", "upstreams", "versioning", "features", "versions", "sample_per_million", "otlp"),
    *("host", "gateways"),
)


def _in_short(values: Mapping[str, Any]) -> str:
    parts = [f"{key} {_value(values[key])}" for key in _SHORT if values.get(key)]
    if values.get("per_minute"):
        daily = f", {values['per_day']:,} a day" if values.get("per_day") else ""
        parts.append(f"{values['per_minute']:,} a minute, burst {values['burst']:,}{daily}")
    return "; ".join(parts)


def _difference(before: Any, after: Any) -> str:
    if isinstance(before, list) and isinstance(after, list):
        gone = [f"-{_value(item)}" for item in before if item not in after]
        new = [f"+{_value(item)}" for item in after if item not in before]
        return _clipped(" ".join([*gone, *new]) or "in another order")
    return f"{_value(before)} → {_value(after)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _clipped(", ".join(_value(member) for member in value) or "none")
    if isinstance(value, dict):
        return _clipped("; ".join(f"{key}: {_value(member)}" for key, member in value.items()) or "none")
    return _clipped(f"{value:,}" if isinstance(value, int) else str(value))


def _clipped(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + "…"


def markdown(plan: Plan, *, everything: bool) -> str:
    """The plan as Markdown, for a pull request."""
    lines = [f"**{verdict(plan)}**", ""]
    if plan.dropped:
        lines += [f"Stays behind: {behind(plan)}; errors below", ""]
    decided = overridden_lines(plan, everything=everything)
    if decided:
        lines += [*(f"- {line}" for line in decided), ""]
    lines += [*_reach_markdown(plan), ""]
    lines += changes_view.markdown(plan, sensitive=True, everything=everything)
    for changes in ring_changes(plan.operations):
        lines += [*_ring_markdown(changes, everything=everything), ""]
    lines += changes_view.markdown(plan, sensitive=False, everything=everything)
    if plan.settings:
        lines += ["### Rings, APIs, partners, plans, observability, limits, people", "", "```diff"]
        lines += [line for change in plan.settings for line in _setting_diff(change)]
        lines += ["```", ""]
    if plan.findings:
        errors = sum(finding.severity is Severity.ERROR for finding in plan.findings)
        lines += [f"### Findings ({errors} errors)", "", *findings_markdown(plan.findings)]
    return "\n".join(printable(line) for line in lines).rstrip() + "\n"


def _reach_markdown(plan: Plan) -> Iterable[str]:
    if not plan.reach:
        return
    rings = [ring.label for ring in plan.rings]
    yield "| API | version | operations | " + " | ".join(rings) + " |"
    yield "|---|---|--:|" + "--:|" * len(rings)
    for reach in plan.reach:
        counts = " | ".join(str(reach.per_ring[ring]) for ring in plan.rings)
        yield f"| {reach.api} | {reach.version} | {reach.operations} | {counts} |"


def _ring_markdown(changes: RingChanges, *, everything: bool) -> Iterator[str]:
    sentence = changes.sentence
    yield f"### {sentence[0].upper()}{sentence[1:]}"
    yield ""
    groups = shown_groups(changes, everything=everything)
    for group in groups:
        yield f"- {group_title(group)}"
        for line in group_lines(group, everything=everything):
            yield f"  - `{line}`" if not line.startswith("…") else f"  - {line}"
    if groups and len(groups) < len(changes.groups):
        yield f"- … and {len(changes.groups) - len(groups)} more groups"


def _setting_diff(change: SettingChange) -> Iterator[str]:
    sign = "-" if change.change == "removed" else "+" if change.change == "added" else "!"
    yield f"{sign} {change.kind} {change.name}"
    for line in setting_lines(change):
        yield f"{sign}   {line}"
