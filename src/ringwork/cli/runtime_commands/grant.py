"""`ringwork grant`: to be in a group for some time."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask as ask_admin
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    show_done,
    show_rows,
)

grants = typer.Typer(no_args_is_help=True, help="To be in a group for some time, with approval and an end.")


@grants.command("ask")
def ask(
    group: Annotated[str, typer.Argument(help="A group of the estate that says how it is granted.")],
    lasts: Annotated[str, typer.Option("--for", help="How long: a number and s, m, h or d.")],
    reason: Annotated[str, typer.Option("--reason", help="What for; on record.")],
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="At once and without approval, where the group allows that.")
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Ask to be in a group for some time. Others decide within a day."""
    order = {"group": group, "lasts": lasts, "reason": reason}
    made = ask_admin(state, "POST", "/break-glass" if break_glass else "/grants", order)
    if format is Output.JSON:
        print_json(made)
    elif break_glass:
        told = f"You are in {group} until {made['until']}. It is on record. End it: ringwork grant end {made['id']}"
        console().print(told, markup=False, soft_wrap=True)
    else:
        told = (
            f"Asked, until {made['expires_at']}: {made['quorum']} of {', '.join(made['groups'])} have to approve.\n"
            f"They do it with: ringwork approval approve {made['id']}"
        )
        console().print(told, markup=False, soft_wrap=True)


@grants.command("list")
def list_grants(
    unused: Annotated[bool, typer.Option("--unused", help="Only those nobody has ever used.")] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """All of them, those that are over too."""
    found = every(state, "/grants", "grants")
    found = [each for each in found if not (unused and each["used_at"])]
    columns = ("id", "name", "group", "since", "until", "used_at", "ended_at", "broke_glass", "reason")
    show_rows(found, columns, format)


@grants.command("end")
def end(
    grant: Annotated[str, typer.Argument(metavar="ID", help="As `grant list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a grant before its time: one's own, or, with the permission `people`, anybody's."""
    ended = ask_admin(state, "DELETE", f"/grants/{grant}")
    show_done(ended, f"The grant of {ended['group']} has ended.", format)
