"""`ringwork`: runs one command.

Exit codes, for every command: 0 done; 1 the command was not understood; 2 errors keep something from happening.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

import ringwork
from ringwork.cli.commands import Commands
from ringwork.cli.completion import VARIABLE, know_shells
from ringwork.cli.render import show_refusal
from ringwork.kernel.refusal import Refused, refused_by_the_system

# Typer carries a copy of click in some releases and imports it in others; its usage error is above this one.
_UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    if VARIABLE in os.environ:
        know_shells()
    try:
        code = build().main(
            args=None if arguments is None else list(arguments), prog_name="ringwork", standalone_mode=False
        )
    except Refused as refusal:
        show_refusal(refusal)
        return 2
    except _UsageError as error:
        _show_usage(error)
        return 1
    except typer.Abort:
        return 1
    except BrokenPipeError:
        # Whoever read along has gone, as `head` does; what is left must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        show_refusal(refused_by_the_system(error))
        return 2
    return code if isinstance(code, int) else 0


class _ByName(TyperGroup):
    """Names its commands without importing them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


def build() -> TyperGroup:
    """The application with all its commands, each imported when it is asked for."""
    app = typer.Typer(
        name="ringwork",
        cls=_ByName,
        help="API management in which the audience of an API is the first decision.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    group = get_group(app)
    group.commands = cast("dict[str, Any]", Commands())
    return group


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ringwork {ringwork.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """API management in which the audience of an API is the first decision."""


def _show_usage(error: Any) -> None:
    error.show()
