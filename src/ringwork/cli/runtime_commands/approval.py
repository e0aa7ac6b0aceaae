"""`ringwork approval`: what somebody asked for, decided by others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

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

approvals = typer.Typer(no_args_is_help=True, help="Requests that others decide.")

Request = Annotated[str, typer.Argument(metavar="ID", help="As `approval list` shows it.")]
Note = Annotated[str, typer.Option("--note", help="For who asked, and for the ledger.")]
_COLUMNS = ("id", "kind", "asked", "name", "reason", "state", "expires_at", "groups", "quorum")


@approvals.command("list")
def list_approvals(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are decided or expired, too.")
    ] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """What waits for a decision."""
    found = every(state, "/approvals", "approvals")
    show_rows([each for each in found if everything or each["state"] == "open"], _COLUMNS, format)


@approvals.command("show")
def show(request: Request, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """A request, with what was said of it."""
    show_rows([ask(state, "GET", f"/approvals/{request}")], (*_COLUMNS, "decisions"), format)


@approvals.command("approve")
def approve(
    request: Request, note: Note = "", state: State = DEFAULT_STATE, format: Format = Output.TEXT
) -> None:
    """Approve what somebody else asked for."""
    said = _decided(state, request, "approve", note)
    left = said["quorum"] - sum(1 for each in said["decisions"] if each["approves"])
    told = (
        f"{request} is approved."
        if said["state"] == "approved"
        else f"{left} more have to approve {request}."
    )
    show_done(said, told, format)


@approvals.command("decline")
def decline(
    request: Request, note: Note = "", state: State = DEFAULT_STATE, format: Format = Output.TEXT
) -> None:
    """Decline it: that ends it."""
    show_done(_decided(state, request, "decline", note), f"{request} is declined.", format)


@approvals.command("withdraw")
def withdraw(request: Request, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Take back what one asked for."""
    show_done(ask(state, "DELETE", f"/approvals/{request}"), f"{request} is withdrawn.", format)


def _decided(state: Path, request: str, verdict: str, note: str) -> dict[str, Any]:
    said = {"verdict": verdict} | ({"note": note} if note else {})
    return ask(state, "POST", f"/approvals/{request}/decision", said)
