"""`ringwork backup` and `ringwork restore`: everything a control plane keeps, as one encrypted file, and back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from ringwork.cli.render import console, print_json
from ringwork.cli.runtime_commands.options import (
    DEFAULT_STATE,
    Format,
    Output,
    State,
    opened,
    readable,
    state_directory,
    whoever_runs_this,
)
from ringwork.kernel.files import PRIVATE_FILE
from ringwork.kernel.refusal import Refused

_STREAM = Path("-")


def back_up(
    file: Annotated[Path, typer.Argument(help="Where to; - is standard output.")],
    to: Annotated[
        list[str], typer.Option("--to", help="Whom to encrypt it to, age1… (repeat): see `backup-key`.")
    ],
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Write a backup: store, keys, CAs and revisions, as of one moment, while everything runs.

    Only who holds a key of --to can open it.
    """
    from ringwork.control.backup import read_recipients

    recipients = read_recipients(to)
    with opened(state) as control, _new(file) as out:
        written = control.backups().create(out, recipients)
    rows = dict(written.rows)
    size = None if file == _STREAM else file.stat().st_size
    _tell(
        format,
        {"file": str(file), "bytes": size, "rows": rows, "files": written.files},
        f"{sum(rows.values()):,} rows and {written.files:,} files are in {file}.",
    )


def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` wrote; - is standard input.")],
    key: Annotated[Path, typer.Option("--key", help="File with a key it was encrypted to.")],
    store: Annotated[
        str | None,
        typer.Option(
            "--store", metavar="URL", help="An empty PostgreSQL database to restore into; default: SQLite."
        ),
    ] = None,
    state: State = DEFAULT_STATE,
    format: Format = Output.TEXT,
) -> None:
    """Make a state from a backup, on either database; --state must not be there yet.

    Start it with `ringwork up ESTATE` then. Revoke again what was revoked after the backup.
    """
    from ringwork.app.stores import restore_state
    from ringwork.control.backup import read_identities
    from ringwork.control.ledger.deeds import acting

    identities = read_identities(key)
    with readable(state), acting(whoever_runs_this("command")), _existing(file) as source:
        restored = restore_state(source, identities, state_directory(state), store)
    rows = dict(restored.rows)
    _tell(
        format,
        {
            "made_at": restored.made_at.isoformat(),
            "ringwork": restored.ringwork,
            "rows": rows,
            "files": restored.files,
        },
        f"{sum(rows.values()):,} rows and {restored.files:,} files of {restored.made_at:%Y-%m-%d %H:%M:%S} UTC are in "
        f"{state}. Revoke again what was revoked since.",
    )


def make_key(
    file: Annotated[Path, typer.Argument(help="Where to write the key; keep it away from the backups.")],
    format: Format = Output.TEXT,
) -> None:
    """Make a key to open backups with, and print whom to encrypt to."""
    from ringwork.control.backup import new_identity

    recipient = new_identity(file)
    _tell(format, {"file": str(file), "recipient": recipient}, recipient)


@contextmanager
def _new(file: Path) -> Iterator[BufferedIOBase]:
    """A file that is there when all of it is, readable by its owner alone. Raises Refused: it is there already."""
    if file == _STREAM:
        yield cast(BufferedIOBase, sys.stdout.buffer)
        return
    if file.exists():
        raise Refused("file-exists", f"{file} exists", "Name another file.", status=409)
    draft = file.with_name(f"{file.name}.part")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _existing(file: Path) -> Iterator[BufferedIOBase]:
    if file == _STREAM:
        yield cast(BufferedIOBase, sys.stdin.buffer)
        return
    with file.open("rb") as source:
        yield source


def _tell(format: Output, told: dict[str, Any], line: str) -> None:
    """Standard output may be the backup itself."""
    if told.get("file") == str(_STREAM):
        console(stderr=True).print(line)
    elif format is Output.JSON:
        print_json(told)
    else:
        console().print(line, soft_wrap=True)
