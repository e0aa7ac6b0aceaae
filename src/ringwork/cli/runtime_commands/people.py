"""`ringwork people`: who operates the control plane."""

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
    show_rows,
)

people = typer.Typer(no_args_is_help=True, help="People who operate the control plane.")

Groups = Annotated[list[str], typer.Option("--group", help="A group of the estate (repeat).")]
Person = Annotated[str, typer.Argument(metavar="ID", help="As `people list` shows it.")]


@people.command("list")
def list_people(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Who has ever logged in, or has an account here."""
    found = every(state, "/people", "people")
    show_rows(found, ("id", "name", "issuer", "groups", "created_at", "ended_at"), format)


@people.command("invite")
def invite(
    name: Annotated[
        str, typer.Argument(help="What they will log in with; an account's again: a new password.")
    ],
    group: Groups,
    expires: Annotated[str, typer.Option("--expires", help="Lifetime of the link, at most 7d.")] = "1d",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Print a link that makes an account, once. Only where people log in here, without a provider."""
    made = ask(state, "POST", "/invitations", {"name": name, "groups": group, "expires": expires})
    if format is Output.JSON:
        print_json(made)
        return
    out = console()
    out.print(made["link"], markup=False, soft_wrap=True)
    out.print(f"[dim]Shown once, good until {made['expires_at']}. Whoever opens it chooses the password.[/]")


@people.command("invitations")
def list_invitations(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Links that can be used still, without the links."""
    found = every(state, "/invitations", "invitations")
    show_rows(found, ("id", "name", "groups", "expires_at"), format)


@people.command("uninvite")
def uninvite(
    invitation: Annotated[str, typer.Argument(metavar="ID", help="As `people invitations` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Take an invitation back: its link leads nowhere."""
    ended = ask(state, "DELETE", f"/invitations/{invitation}")
    show_done(ended, f"The invitation of {ended['name']} is taken back.", format)


@people.command("remove")
def remove(person: Person, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """End a person's access and all sessions, at once, whatever a provider says."""
    ended = ask(state, "DELETE", f"/people/{person}")
    show_done(ended, f"{ended['name']} has no access any more.", format)


@people.command("restore")
def restore(person: Person, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Let somebody a provider vouches for in again."""
    restored = ask(state, "POST", f"/people/{person}/restore")
    show_done(restored, f"{restored['name']} can log in again.", format)
