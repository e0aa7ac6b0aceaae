"""`ringwork application`: what of an account's uses keys."""

from __future__ import annotations

from typing import Annotated

import typer

from ringwork.cli.runtime_commands.account import Reason
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
from ringwork.kernel.refusal import Refused

applications = typer.Typer(no_args_is_help=True, help="Applications of accounts: what uses keys.")

Application = Annotated[str, typer.Argument(metavar="ID", help="As `application list` shows it.")]


@applications.command("list")
def list_applications(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All of them, with whose they are."""
    found = every(state, "/applications", "applications")
    show_rows(found, ("id", "consumer", "name", "kind", "plan", "state", "purpose"), format)


@applications.command("show")
def show(application: Application, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """One application."""
    show_members(ask(state, "GET", f"/applications/{application}"), format)


@applications.command("create")
def create(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Whose: an id of `account list`.")],
    name: Annotated[str, typer.Argument(help="No other of the account's has it.")],
    purpose: Annotated[str, typer.Option("--purpose", help="What it uses the APIs for: it is on record.")],
    plan: Annotated[
        str | None, typer.Option("--plan", help="A plan of the estate, for keys of a developer.")
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make an application. `key create` with its names makes its keys."""
    order = {"account": account, "name": name, "purpose": purpose, "plan": plan}
    made = ask(state, "POST", "/applications", order)
    show_done(made, f"{made['consumer']} has the application {made['id']}.", format)


@applications.command("change-plan")
def change_plan(
    application: Application,
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="A plan of the estate.")] = None,
    none: Annotated[bool, typer.Option("--none", help="No plan: the ring's default limits.")] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Put all its keys on another plan, at once. What they used up of the day stays used."""
    if none == (plan is not None):
        raise Refused("plan-missing", "no plan was named, or two things", "Name a PLAN, or say --none.")
    done = ask(state, "POST", f"/applications/{application}/plan", {"plan": plan})
    text = f"Keys of {done['name']} of {done['consumer']} are on {plan or 'no plan'} now."
    show_done(done, text, format)


@applications.command("pin")
def pin(
    application: Application,
    api: Annotated[str, typer.Argument(metavar="API", help="One that is versioned by header.")],
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help="What it means from now on.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Not pinned: the API's default version.")] = False,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Choose the version it is served where its requests name none. It stays when the API's default moves on."""
    if none == (version is not None):
        raise Refused(
            "version-missing", "no version was named, or two things", "Name a VERSION, or say --none."
        )
    done = ask(state, "POST", f"/applications/{application}/pin", {"api": api, "version": version})
    text = f"{done['name']} of {done['consumer']} means {version or 'the default version'} of {api} now."
    show_done(done, text, format)


@applications.command("suspend")
def suspend(
    application: Application, reason: Reason, state: State = DEFAULT_STATE, format: Format = Output.TEXT
) -> None:
    """Stop all its keys. Gateways refuse them from the moment this returns."""
    done = ask(state, "POST", f"/applications/{application}/suspend", {"reason": reason})
    show_done(done, f"No key of {done['name']} of {done['consumer']} works.", format)


@applications.command("resume")
def resume(application: Application, state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """Let its keys work again, but for revoked ones; and once its account does."""
    done = ask(state, "POST", f"/applications/{application}/resume")
    waits = ", once its account is resumed" if done["state"] == "account-suspended" else " again"
    show_done(done, f"Keys of {done['name']} of {done['consumer']} work{waits}.", format)
