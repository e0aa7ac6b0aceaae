"""`ringwork revisions`, `ringwork rollback`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.desk import desk
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State
from ringwork.cli.runtime_commands.report import verdict


def show_revisions(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Those one can go back to, newest first."""
    from ringwork.bundle.publish import KEPT_REVISIONS

    with desk(state) as asked:
        found = asked.ask("GET", f"/revisions?limit={KEPT_REVISIONS}")["revisions"]
    if format is Output.JSON:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("revision", "created", "from"):
        table.add_column(title)
    for each in found:
        table.add_row(str(each["revision"]), each["created_at"], each["note"])
    console().print(table)


def roll_back(
    revision: Annotated[int, typer.Argument(help="A number `ringwork revisions` shows.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make an earlier revision's content live, as a new revision. Exit code 1: the gateway did not take it."""
    applied = ask(state, "POST", f"/revisions/{revision}/rollback")
    if format is Output.JSON:
        print_json(applied)
    else:
        console().print(verdict(applied))
        console().print(
            "[dim]The estate's files are as they were: the next apply, or up, brings them back.[/]"
        )
    raise typer.Exit(applied["exit_code"])
