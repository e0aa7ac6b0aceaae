"""`ringwork secret`: what the estate refers to as `secret://name`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.render import console
from ringwork.cli.runtime_commands.admin import is_answered
from ringwork.cli.runtime_commands.desk import desk
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    Store,
    readable,
    show_rows,
    state_directory,
)

secrets = typer.Typer(no_args_is_help=True, help="Secrets of upstreams, encrypted at rest, never shown.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As the estate names it: secret://NAME.")]


@secrets.command("set")
def set_secret(name: Name, store: Store = None, state: State = DEFAULT_STATE) -> None:
    """Store or rotate a secret; its value is read from standard input. A running gateway uses it within a second."""
    value = _value()
    if store is not None or not is_answered(state):
        _begin(state)
    with desk(state, store=store) as asked:
        made = asked.ask("POST", "/secrets", {"name": _bare(name), "value": value})
    console().print(f"secret://{made['name']} is set.", markup=False)


@secrets.command("list")
def list_secrets(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All secrets by name, without their values."""
    with desk(state) as asked:
        found = asked.every("/secrets", "secrets")
    show_rows(found, ("name", "changed_at"), format)


@secrets.command("rm")
def remove(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Also when a live API needs it.")] = False,
    state: State = DEFAULT_STATE,
) -> None:
    """Forget a secret. An upstream that needs it is not called any more."""
    from ringwork.control.model import secret_id

    with desk(state) as asked:
        asked.ask("DELETE", f"/secrets/{secret_id(_bare(name))}{'?force=true' if force else ''}")
    console().print(f"secret://{_bare(name)} is gone.", markup=False)


def _value() -> str:
    """One newline at the end is the shell's, not the secret's."""
    if sys.stdin.isatty():
        value: str = typer.prompt("Value", hide_input=True)
        return value
    return sys.stdin.read().removesuffix("\n")


def _bare(name: str) -> str:
    return name.removeprefix("secret://")


def _begin(state: Path) -> None:
    from ringwork.app.stores import begin_state

    with readable(state):
        begin_state(state_directory(state))
