"""The change log counts by itself, alike on every database, and a database knows the state directory it belongs to."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Connection, column, func, inspect, select, table, update

from ringwork.control.store.kinds import whole, word

revision = "0004"
down_revision = "0003"

_changes = table("identity_changes", column("seq"))
_log = table("identity_log", column("newest"))


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("identity_log", Column("newest", whole(), nullable=False, server_default="0"))
    op.add_column("identity_log", Column("owner", word(32)))
    connection.execute(update(_log).values(newest=_newest(connection)))
    # Left by a build between two releases, which nobody reads.
    if any(each["name"] == "revision_floor" for each in inspect(connection).get_columns("identity_log")):
        with op.batch_alter_table("identity_log") as log:  # SQLite drops columns since 3.35 only
            log.drop_column("revision_floor")
    if connection.dialect.name == "sqlite":
        # Where releases before Alembic look: they refuse what is newer than they.
        op.execute("PRAGMA user_version = 4")


def _newest(connection: Connection) -> int:
    """What SQLite counted, as far as it did: the newest rows may be gone, and their numbers are not given again."""
    counted = None
    if connection.dialect.name == "sqlite" and inspect(connection).has_table("sqlite_sequence"):
        numbers = "SELECT seq FROM sqlite_sequence WHERE name = 'identity_changes'"
        counted = connection.exec_driver_sql(numbers).scalar()
    return counted or connection.execute(select(func.max(_changes.c.seq))).scalar() or 0
