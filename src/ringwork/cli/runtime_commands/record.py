"""`ringwork record`: who wrote a business record."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, opened


def show_record(
    type: Annotated[str, typer.Argument(help="As x-record names it: order.")],
    id: Annotated[str, typer.Argument(help="As the call had it, also where it is sensitive.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, the newest.")] = 50,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Show every write of a record: who, when, through which API and version, from which ring, and what came of it."""
    from ringwork.control.records.views import recorded_write

    with opened(state) as control:
        found = [recorded_write(kept) for kept in control.records.history(type, id, limit=limit)]
    if format is Output.JSON:
        print_json(found)
    elif found:
        console().print(_table(found))
    else:
        console().print(f"Nobody wrote {type} {id}, as far as the ledger goes.", markup=False)


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("at", "who", "ring", "api", "operation", "outcome", "request", "entry"):
        table.add_column(title, overflow="fold")
    for each in found:
        table.add_row(
            each["at"],
            each["actor"] if each["credential"] is None else f"{each['actor']} ({each['credential']})",
            each["ring"],
            f"{each['api']} {each['version']}",
            each["operation"],
            each["outcome"] if each["status"] is None else str(each["status"]),
            each["request"],
            str(each["entry"]),
        )
    return table
