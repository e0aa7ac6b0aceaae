"""Which store a state directory has: the SQLite file in it, or a database of a PostgreSQL server.

Whoever begins a state says which, and the state keeps to it: keys, certificates and revisions on disk are of no use
with another store. So the database is told whose it is, and both are compared whenever it is opened. The state keeps a
reference (`env://`, `file://`) where there is a password, never the password.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, select, update

from ringwork.control.directory import ControlDirectory
from ringwork.control.store.address import store_url
from ringwork.control.store.database import Database
from ringwork.control.store.postgresql import postgresql
from ringwork.control.store.schema import ensure_schema
from ringwork.control.store.sqlite import sqlite
from ringwork.control.store.tables import identity_log, ledger_head, metadata
from ringwork.kernel.files import PRIVATE_FILE, write_atomically
from ringwork.kernel.refusal import Refused


class Kept(BaseModel):
    """`STATE/control/store.json`. `owner`: what the database was told; `begun`: it has taken it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    store: str
    owner: str
    begun: bool


def open_store(directory: ControlDirectory, store: str | None = None) -> Database:
    """The store of this state. `store` says which it is to begin with, or where it is found from now on.

    Raises Refused: it cannot be used, is another state's, or was written by a newer Ringwork.
    """
    kept = _kept(directory.store)
    if kept is None and store is None:
        with _closed_unless_opened(sqlite(directory.database)) as database:
            ensure_schema(database)
        return database
    if kept is not None and kept.begun and store in (None, kept.store):
        return _found_again(directory, kept)
    with directory.locked("store"):
        return _placed(directory, store)


def new_database(directory: ControlDirectory, store: str | None) -> Database:
    """Of a state that nobody has opened yet, and maybe without a table. Raises Refused."""
    return sqlite(directory.database) if store is None else postgresql(store_url(store))


def belongs(connection: Connection, directory: ControlDirectory, store: str | None) -> None:
    """Tells such a database whose it is, and the state which it has."""
    owner = None if store is None else secrets.token_hex(16)
    connection.execute(update(identity_log).values(owner=owner))
    if store is not None and owner is not None:
        _keep(directory.store, Kept(store=store, owner=owner, begun=True))


def _placed(directory: ControlDirectory, store: str | None) -> Database:
    """Asked again, as the only one: the command before may have begun it."""
    kept = _kept(directory.store)
    if kept is not None and kept.begun:
        moved = kept.model_copy(update={"store": store or kept.store})
        database = _found_again(directory, moved)
        _keep(directory.store, moved)
        return database
    store = store or (kept.store if kept else "")
    owner = kept.owner if kept else secrets.token_hex(16)
    return _begun(directory, Kept(store=store, owner=owner, begun=False), before=kept)


def _begun(directory: ControlDirectory, wanted: Kept, before: Kept | None) -> Database:
    if directory.database.exists() and not _is_untouched(directory.database):
        message = f"{directory.root.parent} keeps its store in {directory.database}"
        help = "Leave --store out, or begin with another --state."
        raise Refused("store-elsewhere", message, help, status=409)
    with _closed_unless_opened(_connected(wanted.store)) as database:
        # Kept before it is told: whatever dies in between, the state knows the name it goes by.
        _keep(directory.store, wanted)
        if _claimed(database, wanted.owner) != wanted.owner:
            _restore(directory.store, before)
            raise _of_another_state(directory, database)
        _keep(directory.store, wanted.model_copy(update={"begun": True}))
    for left in directory.root.glob(f"{directory.database.name}*"):
        left.unlink()
    return database


def _is_untouched(path: Path) -> bool:
    """Whether nothing was ever kept in it: a command that only looks makes one too, after a start that failed."""
    with closing(sqlite(path)) as database:
        ensure_schema(database)
        with database.reading_at_once() as connection:
            tables = [table for table in metadata.sorted_tables if table not in (identity_log, ledger_head)]
            rows = any(connection.execute(select(table).limit(1)).first() for table in tables)
            return not rows and connection.execute(select(identity_log.c.newest)).scalar_one() == 0


def _found_again(directory: ControlDirectory, kept: Kept) -> Database:
    with _closed_unless_opened(_connected(kept.store)) as database:
        with database.reading() as connection:
            owner = connection.execute(select(identity_log.c.owner)).scalar_one()
        if owner != kept.owner:
            raise _of_another_state(directory, database)
    return database


def _connected(store: str) -> Database:
    with _closed_unless_opened(postgresql(store_url(store))) as database:
        ensure_schema(database)
    return database


def _claimed(database: Database, owner: str) -> str:
    """Whose it is, which is `owner` if it was nobody's."""
    nobodys = update(identity_log).where(identity_log.c.owner.is_(None))
    with database.writing() as connection:
        connection.execute(nobodys.values(owner=owner))
        return str(connection.execute(select(identity_log.c.owner)).scalar_one())


@contextmanager
def _closed_unless_opened(database: Database) -> Iterator[Database]:
    try:
        yield database
    except BaseException:
        database.close()
        raise


def _of_another_state(directory: ControlDirectory, database: Database) -> Refused:
    return Refused(
        "store-of-another-state",
        f"{database.name} is not the store of {directory.root.parent}",
        "Name the store it began with, or begin with another --state and an empty database.",
        status=409,
    )


def _kept(path: Path) -> Kept | None:
    try:
        return Kept.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        message = f"{path} does not say which store this state has"
        raise Refused("store-unknown", message, "Put it back from a backup.", status=503) from None


def _keep(path: Path, kept: Kept) -> None:
    write_atomically(path, kept.model_dump_json().encode(), mode=PRIVATE_FILE)


def _restore(path: Path, before: Kept | None) -> None:
    if before is None:
        path.unlink()
    else:
        _keep(path, before)
