"""`ringwork usage`: what was called."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, plain, state_directory


class By(StrEnum):
    API = "api"
    OPERATION = "operation"
    CONSUMER = "consumer"


def show_usage(
    api: Annotated[str | None, typer.Option("--api", help="Only calls of this API.")] = None,
    by: Annotated[By, typer.Option("--by", help="What to sum up.")] = By.API,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Calls, errors and durations, from the access log with its rotated files."""
    from ringwork.fleet.inspection import node_of
    from ringwork.usage.log import Damage, calls
    from ringwork.usage.summary import summarise

    damage = Damage()
    groups = summarise(calls(node_of(state_directory(state)).access_log, damage), by=by.value, api=api)
    rows = [group.as_dict() for group in groups]
    if format is Output.JSON:
        print_json({"by": by.value, "api": api, "rows": rows, "damaged_lines": damage.lines})
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(by.value)
    columns = ("calls", "client_errors", "server_errors", "p50_ms", "p99_ms")
    for title in columns:
        table.add_column(title.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(row["name"], *(plain(row[column]) for column in columns))
    console().print(table if rows else "Nothing was called yet.")
    if damage.lines:
        console(stderr=True).print(f"{damage.lines} damaged lines were left out.")
