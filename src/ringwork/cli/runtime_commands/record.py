"""`ringwork record`: who wrote a business record."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.desk import desk
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, table_of


def show_record(
    type: Annotated[str, typer.Argument(help="As x-record names it: order.")],
    id: Annotated[str, typer.Argument(help="As the call had it, also where it is sensitive.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, the newest.")] = 50,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Show every write of a record: who, when, through which API and version, from which ring, and what came of it."""
    with desk(state) as asked:
        found = asked.first(_path(type, id), "writes", limit)
    if format is Output.JSON:
        print_json(found)
    elif found:
        console().print(_table([_row(each) for each in found]))
    else:
        console().print(f"Nobody wrote {type} {id}, as far as the ledger goes.", markup=False)


def _path(type: str, id: str) -> str:
    """Also of an id that is nothing but dots, which would lead upward."""
    return f"/records/{quote(type, safe='')}/{quote(id, safe='').replace('.', '%2E')}"


def _table(rows: list[dict[str, Any]]) -> Table:
    table = table_of(rows, tuple(rows[0]))
    for column in table.columns:
        column.overflow = "fold"  # an id that was cut short is none
    return table


def _row(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": each["at"],
        "who": each["actor"] if each["credential"] is None else f"{each['actor']} ({each['credential']})",
        "ring": each["ring"],
        "api": f"{each['api']} {each['version']}",
        "operation": each["operation"],
        "outcome": each["outcome"] if each["status"] is None else str(each["status"]),
        "request": each["request"],
        "entry": each["entry"],
    }
