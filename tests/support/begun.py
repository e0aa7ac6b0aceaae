"""A SQLite store that is there already: a copy of one that was made once, as PostgreSQL's are of a template."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from ringwork.control.directory import ControlDirectory
from ringwork.control.store.schema import ensure_schema
from ringwork.control.store.sqlite import sqlite


def begin(directory: ControlDirectory, store: str | None) -> None:
    """In a directory without one, where `store` says that it is to be SQLite. It has the newest schema."""
    if store is None and not directory.database.exists():
        directory.database.touch(mode=0o600)
        directory.database.write_bytes(_begun())


@cache
def _begun() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        database = sqlite(path)
        ensure_schema(database)
        database.close()
        return path.read_bytes()
