"""Style findings of an estate, by ring: what one rule finds about one version is one line, with the first place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console

from ringwork.audience import Audience
from ringwork.cli.render import safe
from ringwork.governance.style import StyleFinding
from ringwork.style.model import Level

_LINES_SHOWN = 10
_COLORS = {Level.ERROR: "red", Level.WARN: "yellow", Level.INFO: "blue", Level.HINT: "dim"}


def show(out: Console, styles: Sequence[StyleFinding], *, everything: bool) -> None:
    """A part for each ring, the furthest first; waived findings last. Hints only with `everything`."""
    for ring, found in groupby(styles, key=lambda one: one.ring):
        rows = list(found)
        out.print(f"\n[bold]{safe(title(ring, rows))}[/]")
        lines = list(_lines(rows, everything=everything))
        for level, line in lines if everything else lines[:_LINES_SHOWN]:
            out.print(f"  [{_COLORS[level]}]{level.label:5}[/] {safe(line)}")
        if len(lines) > _LINES_SHOWN and not everything:
            out.print(f"  [dim]… and {len(lines) - _LINES_SHOWN:,} more; --all shows them[/]")


def title(ring: Audience, rows: Sequence[StyleFinding]) -> str:
    """`public ring, style: 2 errors, 1 warning, 3 waived`"""
    counts = Counter(one.level for one in rows if one.waived is None)
    waived = sum(1 for one in rows if one.waived is not None)
    told = [f"{count:,} {_counted(level, count)}" for level, count in sorted(counts.items())]
    told += [f"{waived:,} waived"] if waived else []
    return f"{ring.label} ring, style: {', '.join(told)}"


def _counted(level: Level, count: int) -> str:
    word = {Level.WARN: "warning", Level.INFO: "note"}.get(level, level.label)
    return word if count == 1 else f"{word}s"


def markdown(styles: Sequence[StyleFinding]) -> str:
    """The same for a comment beside a change; empty where nothing was found."""
    parts = []
    for ring, found in groupby(styles, key=lambda one: one.ring):
        rows = list(found)
        lines = [f"- `{level.label}` {line}" for level, line in _lines(rows, everything=False)]
        parts.append("\n".join((f"\n### {title(ring, rows)}\n", *lines[:_LINES_SHOWN], "")))
    return "".join(parts)


def _lines(rows: Iterable[StyleFinding], *, everything: bool) -> Iterator[tuple[Level, str]]:
    shown = [one for one in rows if everything or one.level < Level.HINT]
    ordered = sorted(shown, key=lambda one: (one.waived is not None, one.sort_key))
    for (_, level, api, version, code), members in groupby(ordered, key=_together):
        found = list(members)
        first = found[0]
        more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
        why = " (stricter: sensitive values)" if first.stricter else ""
        waived = f"; waived {first.waived}" if first.waived is not None else ""
        yield level, f"{api} {version}  {code}  {first.location}  {first.message}{why}{more}{waived}"


def _together(one: StyleFinding) -> tuple[str | None, Level, str, str, str]:
    return (one.waived, one.level, one.api, one.version, one.code)
