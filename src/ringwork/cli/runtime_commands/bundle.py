"""`ringwork bundle`: what a gateway is given, readable."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ringwork.cli.render import print_json
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, State, state_directory

bundles = typer.Typer(no_args_is_help=True, help="What the gateway is given.")


@bundles.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A content hash, or API@VERSION/RING.")],
    state: State = DEFAULT_STATE,
) -> None:
    """Print one bundle as JSON."""
    from ringwork.fleet.inspection import published_object

    print_json(json.loads(published_object(state_directory(state), name)))
