"""A database behind the ports: what a transaction is, and what is said when there can be none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from ringwork.kernel.refusal import Refused

# How long a writer waits for the one before it, and whoever has no connection for one.
LOCK_WAIT_MS = 10_000
_CONNECTION_WAIT_SECONDS = 10.0
# Threads that answer requests (AnyIO's bound) each have theirs.
_CONNECTIONS_KEPT = 5
_CONNECTIONS_BESIDE = 40


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between databases. The statements begin a transaction.

    `writing`: one at a time, from its first statement on. `reading`: sees one moment. `migrating`: one at a time,
    before there is any table. `is_lost`: whether the transaction could only be rolled back, and COMMIT would do so
    without a word.
    """

    name: str
    writing: tuple[str, ...]
    reading: tuple[str, ...]
    migrating: tuple[str, ...]
    is_lost: Callable[[Connection], bool]
    unusable: Callable[[str], Refused]


def engine(url: str | URL, configure: Callable[[Any, Any], None], **own: Any) -> Engine:
    """Connections to `url`; `configure` is given each new one of the driver's. `own`: of that driver alone."""
    made = create_engine(
        url,
        hide_parameters=True,
        pool_size=_CONNECTIONS_KEPT,
        max_overflow=_CONNECTIONS_BESIDE,
        pool_timeout=_CONNECTION_WAIT_SECONDS,
        **own,
    )
    event.listen(made, "connect", configure)
    return made


class Database:
    """Connections to the store; `writing()` is one transaction, durable when it ends.

    The driver commits by itself: what a transaction is, is said here and nowhere else.
    """

    def __init__(self, engine: Engine, dialect: Dialect) -> None:
        self._engine = engine
        self._dialect = dialect

    @property
    def name(self) -> str:
        """What it is called in messages; holds no password."""
        return self._dialect.name

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Committed when it ends, and nothing of it when it ends by an exception."""
        with self._in(self._dialect.writing) as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Like `writing`, of a database that may be empty."""
        with self._in(self._dialect.migrating) as connection:
            yield connection

    @contextmanager
    def reading_at_once(self) -> Iterator[Connection]:
        """One view for several questions: what is written meanwhile shows in none of them."""
        with self.reading() as connection:
            _begin(connection, self._dialect.reading)
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._usable(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _in(self, begin: tuple[str, ...]) -> Iterator[Connection]:
        with self.reading() as connection:
            try:
                _begin(connection, begin)
                yield connection
                if self._dialect.is_lost(connection):
                    raise RuntimeError("a statement failed, and the transaction was gone on with")
            except BaseException:
                _roll_back(connection)
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """A disk that is full, a file that is damaged, a server that is away, a lock nobody gives back: said, not
        raised as it comes.
        """
        try:
            yield
        except IntegrityError:
            raise  # ours to look into, not the disk's
        except (DatabaseError, InterfaceError) as error:
            raise self._dialect.unusable(" ".join(str(error.orig).split())) from None
        except NoConnectionLeft:
            raise self._dialect.unusable("all connections to it are in use") from None


def _begin(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def _roll_back(connection: Connection) -> None:
    # A signal in the middle of a statement, or a server that went away, invalidates the connection; the database has
    # rolled back when it is closed.
    if not connection.invalidated:
        connection.exec_driver_sql("ROLLBACK")


def unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
