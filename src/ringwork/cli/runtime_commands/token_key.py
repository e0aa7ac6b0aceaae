"""`ringwork token-key`: keys that sign access tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, show_done, show_rows

token_keys = typer.Typer(no_args_is_help=True, help="Keys that sign access tokens of OAuth clients.")


@token_keys.command("list")
def list_token_keys(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Those that are published, the newest first."""
    found = ask(state, "GET", "/token-keys")["keys"]
    show_rows(found, ("kid", "made_at", "signs_at", "ends_at"), format)


@token_keys.command("rotate")
def rotate(
    lead: Annotated[
        str, typer.Option("--lead", help="How long it is published before it signs: 1h, 10m.")
    ] = "1h",
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once", help="Withdraw the keys before, with all their tokens: one may be in wrong hands."
        ),
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make another key. By itself there is a new one every 30 days."""
    done = ask(state, "POST", "/token-keys/rotate", {"lead": None if at_once else lead})
    newest = done["keys"][0]
    show_done(done, f"The key {newest['kid']} signs from {newest['signs_at']} on.", format)
