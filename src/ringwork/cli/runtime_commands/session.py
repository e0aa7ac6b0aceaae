"""`ringwork session`: who is logged in."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    show_done,
    table_of,
)

sessions = typer.Typer(no_args_is_help=True, help="Sessions of people who are logged in.")


@sessions.command("list")
def list_sessions(
    all_: Annotated[bool, typer.Option("--all", help="Those that ended, too (for thirty days).")] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Who is logged in, where, until when."""
    names = {each["id"]: each["name"] for each in every(state, "/people", "people")}
    found = [each for each in every(state, "/sessions", "sessions") if all_ or each["ended_at"] is None]
    if format is Output.JSON:
        print_json(found)
        return
    rows = [each | {"who": names.get(each["person"], each["person"])} for each in found]
    columns = ("id", "who", "device", "created_at", "used_at", "expires_at", "ended_because")
    console().print(table_of(rows, columns if all_ else columns[:-1]))


@sessions.command("end")
def end(
    session: Annotated[str, typer.Argument(metavar="ID", help="As `session list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a session; its next call is refused."""
    ended = ask(state, "DELETE", f"/sessions/{session}")
    show_done(ended, f"The session {ended['id']} on {ended['device']} has ended.", format)
