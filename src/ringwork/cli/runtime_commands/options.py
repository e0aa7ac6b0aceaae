"""Options that many commands share, and the state they name."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ringwork.cli.render import console, print_json, printable
from ringwork.kernel.refusal import Refused

if TYPE_CHECKING:
    from ringwork.control.control import Control
    from ringwork.control.ledger.deeds import Actor
    from ringwork.fleet.state import StateDirectory


class Output(StrEnum):
    TEXT = "text"
    JSON = "json"


class RingName(StrEnum):
    INTERNAL = "internal"
    PARTNER = "partner"
    PUBLIC = "public"


Environment = Annotated[
    str | None,
    typer.Option("--environment", "-e", help="One of environments/; default: what ringwork.yaml names."),
]
State = Annotated[Path, typer.Option("--state", help="State directory.")]
Format = Annotated[Output, typer.Option("--format", help="How to print it.")]
Health = Annotated[
    str | None,
    typer.Option("--health", metavar="ADDRESS:PORT", help="Answer /livez and /readyz here, over plain HTTP."),
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Begin with a PostgreSQL database as store: postgresql://USER@HOST/DATABASE, or where that URL is read, "
        "env://VARIABLE or file:///PATH. The state remembers it; default: SQLite.",
    ),
]
DEFAULT_STATE = Path(".ringwork")


def state_directory(state: Path) -> StateDirectory:
    from ringwork.fleet.state import StateDirectory

    return StateDirectory(state)


@contextmanager
def opened(state: Path, store: str | None = None) -> Iterator[Control]:
    """The store, whether or not `ringwork up` runs. Raises Refused when there is none."""
    from ringwork.app.stores import open_control
    from ringwork.control.ledger.deeds import acting

    with readable(state), acting(whoever_runs_this("command")):
        control = open_control(state_directory(state), store)
        try:
            yield control
        finally:
            control.close()


def whoever_runs_this(through: str) -> Actor:
    """The account of the process: it owns the state directory, or can read it as if it did."""
    from ringwork.control.ledger.deeds import Actor

    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container, a number may be all there is
        name = str(os.getuid())
    return Actor(f"user:{name}", through)


@contextmanager
def readable(state: Path) -> Iterator[None]:
    """A state directory that is a file, or somebody else's, is told as what it is."""
    try:
        yield
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        help = f"Is {state} the right state directory, and yours? Name it with --state."
        raise Refused("state-unusable", f"{error.filename}: {error.strerror}", help) from None


def current_manifest(state: Path) -> dict[str, Any]:
    """What is published. Raises Refused when nothing is."""
    from ringwork.fleet.inspection import published_manifest

    return published_manifest(state_directory(state))


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """One line a row; `columns` are their titles and what they are called in `rows`."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in columns:
        table.add_column(title)
    for row in rows:
        table.add_row(*(Text(printable(plain(row[column]))) for column in columns))
    return table


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], format: Output) -> None:
    """A list, as it was asked for."""
    if format is Output.JSON:
        print_json(rows)
    else:
        console().print(table_of(rows, columns))


def show_done(answer: Mapping[str, Any], text: str, format: Output) -> None:
    """What became of something, as it was asked for."""
    if format is Output.JSON:
        print_json(answer)
    else:
        console().print(text, markup=False)


def show_members(answer: Mapping[str, Any], format: Output) -> None:
    """One thing, a line for each of its members, as it was asked for."""
    if format is Output.JSON:
        print_json(answer)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in answer.items():
        table.add_row(Text(name.replace("_", " "), "dim"), Text(printable(plain(value))))
    console().print(table)


def plain(value: Any) -> str:
    """A cell of a table."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {plain(each)}" for name, each in value.items())
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)
