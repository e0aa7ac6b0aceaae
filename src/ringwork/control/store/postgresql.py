"""A database of a PostgreSQL server, reached with psycopg."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection

from ringwork.control.store.database import LOCK_WAIT_MS, Database, Dialect, engine
from ringwork.kernel.refusal import Refused

OLDEST_SERVER = 15

# The row that numbers come from is locked before anything is read: writers come one after the other, so a number is
# seen by nobody before all below it. Each statement sees what the writer before has committed.
_WRITING = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SELECT 1 FROM identity_log FOR UPDATE",
)
_READING = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)
# Before there is a row to lock. The number is ours: the first eight bytes of SHA-256 of "ringwork".
_MIGRATING = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SELECT pg_advisory_xact_lock(-742582728718236258)",
)

_CONNECTING = {
    "application_name": "ringwork",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    # A peer that vanished without a word is noticed, whoever waits for it.
    "keepalives_idle": "30",
    "tcp_user_timeout": "30000",
}
_CONFIGURING = (
    f"SET lock_timeout = {LOCK_WAIT_MS}",
    # A writer that stands still holds up all others.
    "SET idle_in_transaction_session_timeout = 60000",
    # A key that was shown must survive the machine's power cut too; whoever asks for replicas as well is left alone.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)
_FIT = "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')"


def postgresql(url: URL) -> Database:
    """The database at `url`. Raises Refused: no driver, no such server or database, or one that does not fit."""
    _demand_driver()
    given = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    connections = engine(
        url.set(drivername="postgresql+psycopg"),
        _configure,
        isolation_level="AUTOCOMMIT",
        pool_pre_ping=True,  # a connection that was lost meanwhile is replaced
        connect_args=given,
    )
    name = shown(url)
    dialect = Dialect(name, _WRITING, _READING, _MIGRATING, _is_lost, lambda why: _unusable(url, why))
    database = Database(connections, dialect)
    try:
        _demand_fit(database)
    except BaseException:
        database.close()
        raise
    return database


def shown(url: URL) -> str:
    """`postgresql://user@host:port/database`: no password, nor options, which may hold one."""
    return url.set(drivername="postgresql", password=None, query={}).render_as_string()


def _demand_driver() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        help = "Install it with Ringwork: pipx install 'ringwork[postgresql]'."
        message = f"a store on PostgreSQL needs psycopg, which cannot be used here: {error}"
        raise Refused("store-driver-missing", message, help, status=503) from None


def _demand_fit(database: Database) -> None:
    with database.reading() as connection:
        version, encoding = connection.exec_driver_sql(_FIT).one()
    if version < OLDEST_SERVER:
        message = f"the server of {database.name} is PostgreSQL {version}"
        raise Refused("store-unfit", message, f"Use PostgreSQL {OLDEST_SERVER} or newer.", status=503)
    if encoding != "UTF8":
        message = f"{database.name} is encoded in {encoding}, which cannot hold every text"
        help = "Make one with `createdb --encoding UTF8 --template template0`."
        raise Refused("store-unfit", message, help, status=503)


def _configure(connection: Any, _: Any) -> None:
    for statement in _CONFIGURING:
        connection.execute(statement)


def _is_lost(connection: Connection) -> bool:
    from psycopg.pq import TransactionStatus

    driver: Any = connection.connection.driver_connection
    return bool(driver.info.transaction_status == TransactionStatus.INERROR)


def _unusable(url: URL, why: str) -> Refused:
    if url.password:
        why = why.replace(str(url.password), "…")  # no driver is known to say it; none ever will
    help = "Check that PostgreSQL runs, is reached from here, lets this user in and has room; then try again."
    return Refused("store-unusable", f"the store {shown(url)} cannot be used: {why}", help, status=503)
