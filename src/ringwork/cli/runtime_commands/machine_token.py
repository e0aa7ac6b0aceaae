"""`ringwork machine-token`: what CI calls the admin API with."""

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

machine_tokens = typer.Typer(
    no_args_is_help=True, help="Tokens of programs that call the admin API, such as CI."
)


@machine_tokens.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the ledger calls the machine, such as ci-orders.")],
    group: Annotated[list[str], typer.Option("--group", help="A group of the estate (repeat).")],
    expires: Annotated[str, typer.Option("--expires", help="Lifetime, at most 366d.")] = "90d",
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make a token, for RINGWORK_TOKEN. It is shown once; Ringwork keeps only its hash."""
    made = ask(state, "POST", "/machine-tokens", {"name": name, "groups": group, "expires": expires})
    if format is Output.JSON:
        print_json(made)
        return
    out = console()
    out.print(made["token"], markup=False, soft_wrap=True)
    told = f"Shown once, good until {made['expires_at']}. End it with: ringwork machine-token revoke {made['id']}"
    out.print(told, style="dim", markup=False)


@machine_tokens.command("list")
def list_machine_tokens(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All of them, without the tokens."""
    found = every(state, "/machine-tokens", "machine_tokens")
    show_rows(found, ("id", "name", "groups", "expires_at", "used_at", "revoked_at"), format)


@machine_tokens.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="As `machine-token list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """End a token; its next call is refused."""
    ended = ask(state, "DELETE", f"/machine-tokens/{token}")
    show_done(ended, f"The token {ended['id']} of {ended['name']} is revoked.", format)
