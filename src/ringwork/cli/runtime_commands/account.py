"""`ringwork account`: consumers outside."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.runtime_commands.admin import ask
from ringwork.cli.runtime_commands.listing import every
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    show_done,
    show_members,
    show_rows,
)

accounts = typer.Typer(no_args_is_help=True, help="Accounts of consumers: partners and developers.")

Account = Annotated[str, typer.Argument(metavar="ID", help="As `account list` shows it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is on record.")]


@accounts.command("list")
def list_accounts(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Partners of the estate, and developers."""
    found = every(state, "/accounts", "accounts")
    show_rows(found, ("id", "kind", "name", "state", "contact", "created_at"), format)


@accounts.command("show")
def show(account: Account, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """One account."""
    show_members(ask(state, "GET", f"/accounts/{account}"), format)


@accounts.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Of the developer: no other has it.")],
    contact: Annotated[str | None, typer.Option("--contact", help="An address or a URL.")] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make an account of a developer. A partner has one as soon as the estate with it is applied."""
    made = ask(state, "POST", "/accounts", {"name": name, "contact": contact})
    show_done(made, f"{made['name']} has the account {made['id']}.", format)


@accounts.command("suspend")
def suspend(
    account: Account, reason: Reason, state: State = DEFAULT_STATE, format: Format = Output.TEXT
) -> None:
    """Stop all keys of all its applications. Gateways refuse them from the moment this returns."""
    done = ask(state, "POST", f"/accounts/{account}/suspend", {"reason": reason})
    show_done(done, f"No key of {done['name']} works.", format)


@accounts.command("resume")
def resume(account: Account, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Let its keys work again, but for revoked ones and those of applications that are suspended themselves."""
    done = ask(state, "POST", f"/accounts/{account}/resume")
    show_done(done, f"Keys of {done['name']} work again.", format)
