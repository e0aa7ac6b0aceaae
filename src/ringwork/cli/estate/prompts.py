"""Asking whoever sits at the terminal.

`questionary` is imported when somebody is asked: it takes longer to load than most commands take to run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TypeVar

import typer

Value = TypeVar("Value")


def somebody_is_there() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask_for_text(question: str, proposed: str = "") -> str:
    """One line; `proposed` where it is left empty. Raises typer.Abort when the person leaves or says nothing."""
    import questionary

    answer = questionary.text(f"{question}:", default=proposed).ask()
    if answer is None or not (answer.strip() or proposed):
        raise typer.Abort
    return str(answer).strip() or proposed


def ask_to_choose(question: str, choices: Mapping[Value, str], proposed: Value | None = None) -> Value:
    """One of `choices` (value → text). Raises typer.Abort when the person leaves."""
    import questionary

    offered = {value: questionary.Choice(text, value=value) for value, text in choices.items()}
    default = offered[proposed] if proposed is not None else None
    # `ask` gives None for an interrupt, so the choice itself must never be None.
    answer: Value | None = questionary.select(question, choices=list(offered.values()), default=default).ask()
    if answer is None:
        raise typer.Abort
    return answer
