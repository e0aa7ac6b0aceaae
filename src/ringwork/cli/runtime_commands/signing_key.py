"""`ringwork signing-key`: the key manifests are signed with."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State
from ringwork.cli.runtime_commands.report import verdict

signing_keys = typer.Typer(no_args_is_help=True, help="The key manifests are signed with.")


@signing_keys.callback()
def signing_key() -> None:
    """The key manifests are signed with."""


@signing_keys.command("rotate")
def rotate(
    overlap: Annotated[
        str, typer.Option("--overlap", help="How long the key before is trusted still.")
    ] = "7d",
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Trust the key before no longer: it may be in wrong hands.")
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Sign with another key from now on, and what is live with it too, as a new revision.

    Exit code 1: the gateway did not take it.
    """
    applied = ask(state, "POST", "/signing-key/rotate", {"overlap": None if at_once else overlap})
    if format is Output.JSON:
        print_json(applied)
    else:
        console().print(verdict(applied))
    raise typer.Exit(applied["exit_code"])
