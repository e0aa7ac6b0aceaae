"""The schema a database has, and how it comes to this release's."""

from __future__ import annotations

import sys

from sqlalchemy import Connection, inspect

from ringwork.control.store.database import Database
from ringwork.kernel.refusal import Refused

# The newest of migrations/versions. Alembic is loaded only where a database is not there yet.
NEWEST = "0016"
# The last release that counted in SQLite's `user_version`, and knew nothing else.
_LAST_COUNTED_BY_SQLITE = 3


def ensure_schema(database: Database) -> None:
    """Raises Refused when a newer Ringwork wrote it."""
    with database.reading() as connection:
        if _found(connection, database.name) == NEWEST:
            return
    with database.migrating() as connection:
        # Asked again: another process may have done it while this one waited for the lock.
        found = _found(connection, database.name)
        if found != NEWEST:
            _migrate(connection, found)


def _found(connection: Connection, name: str) -> str | None:
    """The newest migration the database has; None: it is empty. Raises Refused when this release does not know it."""
    if inspect(connection).has_table("alembic_version"):
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
        found = ", ".join(map(str, versions))
        if found not in _known():  # or of another application, which uses Alembic too
            raise _too_new(name, found)
        return found
    if connection.dialect.name != "sqlite":
        return None
    counted: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if counted > _LAST_COUNTED_BY_SQLITE:
        raise _too_new(name, f"{counted:04}")
    return f"{counted:04}" if counted else None


def _known() -> set[str]:
    return {f"{number:04}" for number in range(1, int(NEWEST) + 1)}


def _too_new(name: str, found: str) -> Refused:
    return Refused(
        "store-too-new",
        f"{name} was written by a newer Ringwork (schema {found}, this one knows {NEWEST})",
        "Use that version, or another --state directory.",
    )


def begin_schema(connection: Connection, name: str, schema: str) -> None:
    """Makes the tables of `schema` in an empty database `name`. Raises Refused: it is not empty, or `schema` is newer
    than this release.
    """
    if schema not in _known():
        raise _too_new("the backup", schema)
    if inspect(connection).get_table_names():
        help = "Name an empty one, or drop what is in it."
        raise Refused("store-not-empty", f"{name} is not empty", help, status=409)
    _migrate(connection, None, schema)


def complete_schema(connection: Connection, schema: str) -> None:
    """Brings tables of `schema` to this release's."""
    if schema != NEWEST:
        _migrate(connection, schema)


def _migrate(connection: Connection, found: str | None, wanted: str = NEWEST) -> None:
    """Within the caller's transaction: all of it, or nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config(stdout=sys.stderr)
    config.set_main_option("script_location", "ringwork.control.store:migrations")
    config.attributes["connection"] = connection
    if found is not None and not inspect(connection).has_table("alembic_version"):
        command.stamp(config, found)
    command.upgrade(config, wanted)
