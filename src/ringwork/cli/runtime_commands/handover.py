"""`ringwork handover`: secrets on their way, each behind a link that opens once."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import DEFAULT_STATE, Format, Output, State, show_done, show_rows

handovers = typer.Typer(no_args_is_help=True, help="Secrets on their way to accounts: see `partner onboard`.")


@handovers.command("list")
def list_handovers(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All of them, and whether they were read."""
    found = every(state, "/handovers", "handovers")
    show_rows(found, ("id", "account", "names", "state", "expires_at", "opened_at"), format)


@handovers.command("end")
def end(
    handover: Annotated[str, typer.Argument(metavar="ID", help="As `handover list` shows it.")],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Let its link lead nowhere. What was read already has to be revoked: `ringwork key revoke`."""
    done = ask(state, "DELETE", f"/handovers/{handover}")
    text = (
        f"It was read at {done['opened_at']}: revoke what was in it."
        if done["state"] == "opened"
        else "Its link leads nowhere."
    )
    show_done(done, text, format)
