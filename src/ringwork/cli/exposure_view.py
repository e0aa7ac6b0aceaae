"""The exposure as people read it: in a terminal, or as one HTML file with search."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from itertools import groupby

from rich.console import Console

from ringwork.audience import RINGS
from ringwork.cli.render import safe
from ringwork.governance.exposed.matrix import Row

_LINES_SHOWN = 20
_COLUMN = 10
_DATA = "__ROWS__"


def first_of(lines: Sequence[str]) -> list[str]:
    """The first lines, and how many more there are."""
    if len(lines) <= _LINES_SHOWN:
        return list(lines)
    return [*lines[:_LINES_SHOWN], f"… and {len(lines) - _LINES_SHOWN:,} more"]


def show(out: Console, rows: Sequence[Row], *, fields: bool) -> None:
    """Lines per version: who sees it (a dot, or what masks it), what it is, why it is sensitive, what decides."""
    for (api, version), members in groupby(rows, key=lambda row: (row.api, row.version)):
        shown = [row for row in members if fields or row.way in ("call", "opaque")]
        if shown:
            out.print(f"\n[bold]{safe(api)} {safe(version)}[/]")
            out.print("".join(f"[dim]{ring.label:<{_COLUMN}}[/]" for ring in RINGS))
            for row in shown:
                out.print(_line(row))


def _line(row: Row) -> str:
    dots = "".join(f"{_dot(row, index):<{_COLUMN}}" for index in range(len(RINGS)))
    sensitive = f"  [bold yellow]{safe(row.sensitive)}[/]" if row.sensitive else ""
    return f"{dots}{safe(said(row))}{sensitive}  [dim]{safe(row.because)}[/]"


def _dot(row: Row, ring: int) -> str:
    if not row.ring.reaches(RINGS[ring]):
        return ""
    return (row.masks[ring - 1] if ring else "") or "●"


def said(row: Row) -> str:
    """`read GET /orders responses/200`; an operation without its verb, and only its own name."""
    way = "" if row.way == "call" else f"{row.way} "
    target = f" -> {row.target}" if row.target else ""
    return f"{way}{row.name}{target}{f' = {row.value}' if row.value else ''}"


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([row.as_dict() for row in rows], indent=2, ensure_ascii=False) + "\n"


def as_html(rows: Sequence[Row]) -> str:
    """One file that needs no other, with search."""
    data = json.dumps(
        [
            [
                row.api,
                row.version,
                int(row.ring),
                row.kind,
                said(row),
                row.sensitive,
                *row.masks,
                row.at,
                row.because,
                row.through,
            ]
            for row in rows
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    # A text must not end the script element it stands in (HTML, restrictions on script contents).
    harmless = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    page = files("ringwork.cli").joinpath("exposure.html").read_text(encoding="utf-8")
    return page.replace(_DATA, harmless, 1)
