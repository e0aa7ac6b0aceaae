"""One SQLite file in WAL mode, shared by the control plane and the commands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ringwork.control.store.database import LOCK_WAIT_MS, Database, Dialect, engine
from ringwork.kernel.files import PRIVATE_FILE
from ringwork.kernel.refusal import Refused

# Takes the write lock at once: a read that later wants to write would fail instead of waiting.
_WRITING = ("BEGIN IMMEDIATE",)


def sqlite(path: Path) -> Database:
    """The file at `path`, made when missing, readable by its owner only."""
    path.touch(mode=PRIVATE_FILE)

    def unusable(why: str) -> Refused:
        help = "Check that the disk has room and the file is whole; it is SQLite."
        return Refused("store-unusable", f"the store {path} cannot be used: {why}", help, status=503)

    dialect = Dialect(str(path), _WRITING, ("BEGIN",), _WRITING, _never_lost, unusable)
    return Database(engine(f"sqlite:///{path}", _configure), dialect)


def _never_lost(_: Connection) -> bool:
    """A statement that fails leaves nothing, and those before it stay."""
    return False


def _configure(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    # A key that was shown must survive the machine's power cut too.
    connection.execute("PRAGMA synchronous = FULL")
