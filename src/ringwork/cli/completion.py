"""`ringwork completion`: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

# Where the program is told to complete instead of to run, and how (click, "Shell Completion").
VARIABLE = "_RINGWORK_COMPLETE"


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def know_shells() -> None:
    """Has Typer know its shells, which it does by itself where it adds options of its own."""
    from typer.completion import get_completion_inspect_parameters

    get_completion_inspect_parameters()


def print_completion(shell: Annotated[Shell, typer.Argument(help="Which shell reads it.")]) -> None:
    """Print what a shell reads to complete `ringwork`: `source <(ringwork completion bash)`."""
    from ringwork.cli.main import main

    os.environ[VARIABLE] = f"source_{shell.value}"
    raise typer.Exit(main([]))
