"""`ringwork secret`: what the estate refers to as `secret://name`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ringwork.cli.render import console
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    Store,
    current_manifest,
    opened,
    readable,
    show_rows,
    state_directory,
)
from ringwork.kernel.refusal import Refused

secrets = typer.Typer(no_args_is_help=True, help="Secrets of upstreams, encrypted at rest, never shown.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As the estate names it: secret://NAME.")]


@secrets.command("set")
def set_secret(name: Name, store: Store = None, state: State = DEFAULT_STATE) -> None:
    """Store or rotate a secret; its value is read from standard input. A running gateway uses it within a second."""
    from ringwork.app.stores import begin_state

    value = _value()
    with readable(state):
        begin_state(state_directory(state))
    with opened(state, store) as control:
        control.secrets.set(name.removeprefix("secret://"), value)
    console().print(f"secret://{name.removeprefix('secret://')} is set.", markup=False)


@secrets.command("list")
def list_secrets(state: State = DEFAULT_STATE, format: Format = Output.TEXT) -> None:
    """All secrets by name, without their values."""
    from ringwork.control.views import secret

    with opened(state) as control:
        found = [secret(each) for each in control.secrets.every()]
    show_rows(found, ("name", "changed_at"), format)


@secrets.command("rm")
def remove(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Also when a live API needs it.")] = False,
    state: State = DEFAULT_STATE,
) -> None:
    """Forget a secret. An upstream that needs it is not called any more."""
    reference = f"secret://{name.removeprefix('secret://')}"
    if not force and reference in _in_use(state):
        help = "Apply an estate that does not name it first, or use --force."
        raise Refused("secret-in-use", f"{reference} is in use", help, status=409)
    with opened(state) as control:
        control.secrets.remove(name.removeprefix("secret://"))
    console().print(f"{reference} is gone.", markup=False)


def _value() -> str:
    """One newline at the end is the shell's, not the secret's."""
    if sys.stdin.isatty():
        value: str = typer.prompt("Value", hide_input=True)
        return value
    return sys.stdin.read().removesuffix("\n")


def _in_use(state: Path) -> set[str]:
    from ringwork.fleet.secrets import secrets_of

    try:
        return secrets_of(current_manifest(state))
    except Refused:
        return set()
