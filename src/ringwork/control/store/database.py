"""One SQLite file in WAL mode, shared by the control plane and the commands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError

from ringwork.control.store.migrations import migrate
from ringwork.control.store.tables import SCHEMA_VERSION
from ringwork.kernel.files import PRIVATE_FILE
from ringwork.kernel.refusal import Refused

_BUSY_TIMEOUT_MS = 10_000


class Database:
    """Connections to the store; `writing()` is one transaction, durable when it ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with _usable(), self._engine.connect() as connection:
            # Takes the write lock at once: a read that later wants to write would fail instead of waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with _committed(connection):
                yield connection

    @contextmanager
    def reading_at_once(self) -> Iterator[Connection]:
        """One view for several questions: what is written meanwhile shows in none of them."""
        with self.reading() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with _usable(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _usable() -> Iterator[None]:
    """A disk that is full, a file that is damaged, a lock nobody gives back: said, not raised as it comes."""
    try:
        yield
    except IntegrityError:
        raise  # ours to look into, not the disk's
    except DatabaseError as error:
        raise _unusable(error) from None


def _unusable(error: DatabaseError) -> Refused:
    help = "Check that the disk has room and the file is whole; it is SQLite."
    return Refused("store-unusable", f"the store cannot be used: {error.orig}", help, status=503)


@contextmanager
def _committed(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # A signal in the middle of a statement invalidates the connection; SQLite has rolled back when it is closed.
        if not connection.invalidated:
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def open_database(path: Path) -> Database:
    """The store at `path`, made when missing, readable by its owner only.

    Raises Refused when a newer Ringwork wrote it.
    """
    path.touch(mode=PRIVATE_FILE)
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _configure)
    _ensure_schema(engine, path)
    return Database(engine)


def _configure(connection: Any, _: Any) -> None:
    """Autocommit at the driver: `Database.writing` says BEGIN and COMMIT itself, and nothing else does."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    # A key that was shown must survive the machine's power cut too.
    connection.execute("PRAGMA synchronous = FULL")


def _ensure_schema(engine: Engine, path: Path) -> None:
    with _usable(), engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found > SCHEMA_VERSION:
            raise Refused(
                "store-too-new",
                f"{path} was written by a newer Ringwork (schema {found}, this one knows {SCHEMA_VERSION})",
                "Use that version, or another --state directory.",
            )
        if found < SCHEMA_VERSION:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with _committed(connection):
                migrate(connection)


def unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
