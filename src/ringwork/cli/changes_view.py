"""What the outer rings start or cease to send and read, as a plan shows it: sensitive values first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console

from ringwork.cli.render import safe
from ringwork.governance.exposed.changes import ItemChange
from ringwork.governance.plan import Plan
from ringwork.kernel.findings import Finding, Location, Severity

_GROUPS_SHOWN = 12
_LINES_SHOWN = 5
_WORDS = {
    "parameter": "parameters",
    "body": "request bodies",
    "response": "responses",
    "header": "headers",
    "media": "media types",
    "field": "fields",
    "open": "open objects",
    "value": "enum values",
    "reference": "references",
    "opaque": "opaque operations",
}


@dataclass(frozen=True, slots=True)
class Section:
    """What one ring starts, or ceases, to send and read; sensitive values are sections of their own."""

    title: str
    appears: bool
    is_sensitive: bool
    changes: tuple[ItemChange, ...]

    def causes(self) -> Iterator[tuple[str, list[ItemChange]]]:
        """`orders v1: 3 fields, 1 header, because of apis/orders/openapi.yaml:7:3`, and what they are."""
        by_cause: dict[tuple[str, str, str], list[ItemChange]] = {}
        for change in self.changes:
            by_cause.setdefault((change.api, change.version, change.because), []).append(change)
        for (api, version, because), members in by_cause.items():
            yield f"{api} {version}: {_counted(members)}, because of {because}", members


def sections(plan: Plan) -> list[Section]:
    """In the order of the plan: the widest consequence first."""
    found = []
    ordered = groupby(plan.exposure, key=lambda change: (bool(change.sensitive), change.ring, change.appears))
    for (is_sensitive, ring, appears), members in ordered:
        changes = tuple(members)
        verb = "starts" if appears else "ceases"
        what = "sensitive values" if is_sensitive else "what its operations carry"
        title = f"{ring.label} ring {verb} to send or read {what}: {_counted(changes)}"
        found.append(Section(title, appears, is_sensitive, changes))
    return found


def _counted(changes: Sequence[ItemChange]) -> str:
    """`3 fields, 1 header`."""
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    return ", ".join(
        f"{count:,} {_WORDS[kind] if count > 1 else _singular(kind)}" for kind, count in counts.items()
    )


def _singular(kind: str) -> str:
    return {"body": "request body", "media": "media type", "open": "open object", "value": "enum value"}.get(
        kind, "opaque operation" if kind == "opaque" else kind
    )


def said(change: ItemChange) -> str:
    """`read #/components/schemas/Order/properties/card (payment, last4)`."""
    sensitive = ", ".join(word for word in (change.sensitive, change.mask) if word)
    return f"{change.what} ({sensitive})" if sensitive else change.what


def show_sensitive(out: Console, plan: Plan, *, everything: bool) -> None:
    """As text: what comes before everything else."""
    _show(out, [one for one in sections(plan) if one.is_sensitive], everything=everything)


def show(out: Console, plan: Plan, *, everything: bool) -> None:
    """As text: what is not sensitive."""
    _show(out, [one for one in sections(plan) if not one.is_sensitive], everything=everything)
    if plan.exposure_changes > len(plan.exposure):
        more = plan.exposure_changes - len(plan.exposure)
        out.print(f"\n[dim]… and {more:,} more changes of what rings send and read[/]")


def _show(out: Console, shown: Sequence[Section], *, everything: bool) -> None:
    for section in shown:
        colour = "bold red" if section.is_sensitive else "green" if section.appears else "red"
        out.print(f"\n[{colour}]{'+' if section.appears else '-'} {safe(section.title)}[/]")
        for line in lines(section, everything=everything):
            out.print(f"  {safe(line)}")


def lines(section: Section, *, everything: bool) -> Iterator[str]:
    """Causes, each with the first of what it causes."""
    causes = list(section.causes())
    for title, members in causes if everything else causes[:_GROUPS_SHOWN]:
        yield title
        shown = members if everything else members[:_LINES_SHOWN]
        yield from (f"    {said(change)}" for change in shown)
        if len(shown) < len(members):
            yield f"    … {len(members) - len(shown):,} more"
    if not everything and len(causes) > _GROUPS_SHOWN:
        yield f"… and {len(causes) - _GROUPS_SHOWN:,} more causes (--all shows them)"


def markdown(plan: Plan, *, sensitive: bool, everything: bool) -> Iterator[str]:
    """For a pull request: what is sensitive, or what is not."""
    for section in sections(plan):
        if section.is_sensitive is not sensitive:
            continue
        yield f"### {'+' if section.appears else '-'} {section.title}"
        yield ""
        yield "```diff"
        mark = "+" if section.appears else "-"
        yield from (f"{mark} {line}" for line in lines(section, everything=everything))
        yield "```"
        yield ""


def as_findings(plan: Plan) -> list[Finding]:
    """For formats that know findings only: a note for each cause, at its place."""
    found = []
    for section in sections(plan):
        for title, members in section.causes():
            code = "exposure-widened" if section.appears else "exposure-narrowed"
            message = f"{section.title.partition(':')[0]}: {title.partition(', because of ')[0]}"
            help = "; ".join(said(change) for change in members[:_LINES_SHOWN])
            severity = Severity.WARNING if section.is_sensitive and section.appears else Severity.INFO
            location = _location(members[0].because)
            found.append(Finding(code, severity, message, help, location, members[0].api))
    return found


def _location(place: str) -> Location:
    file, line, column = place.rsplit(":", 2)
    return Location(file, int(line), int(column))
