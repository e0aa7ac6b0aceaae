"""`ringwork apply`: makes an estate live."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Environment, Format, Output, State
from ringwork.cli.runtime_commands.report import show_application


def apply(
    estate: Annotated[Path, typer.Argument(help="Folder of the estate.")] = Path(),
    environment: Environment = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make the estate live and wait for the gateway's word.

    Exit code 1: the gateway did not take it. 2: errors keep something from going live.
    """
    wanted = {} if environment is None else {"environment": environment}
    applied = ask(state, "POST", "/revisions", {"estate": str(estate.absolute()), **wanted})
    if format is Output.JSON:
        print_json(applied)
    else:
        show_application(console(), applied, estate)
    raise typer.Exit(applied["exit_code"])
