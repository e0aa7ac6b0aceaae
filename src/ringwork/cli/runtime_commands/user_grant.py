"""`ringwork user-grant`: what users of APIs allowed applications."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, show_done, show_rows

user_grants = typer.Typer(
    no_args_is_help=True, help="What users of APIs allowed applications to do in their name."
)


@user_grants.command("list")
def list_user_grants(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All of them; a user is shown by a pseudonym."""
    found = every(state, "/user-grants", "user_grants")
    columns = ("id", "user", "client", "ring", "scopes", "created_at", "used_at", "ended_at")
    show_rows(found, columns, format)


@user_grants.command("end")
def end(
    grant: Annotated[str, typer.Argument(metavar="ID", help="As `user-grant list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End one. The gateway refuses its tokens from the moment this returns."""
    ended = ask(state, "DELETE", f"/user-grants/{grant}")
    show_done(ended, f"Client {ended['client']} may not act for user {ended['user']} by it any more.", format)
