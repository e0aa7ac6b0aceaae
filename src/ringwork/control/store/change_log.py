"""The outbox: a change is written in the transaction of what changed, and applied to nodes afterwards."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert, select

from ringwork.control.changes import Change, LoggedChange
from ringwork.control.store.database import Database
from ringwork.control.store.tables import identity_changes


def log_change(connection: Connection, change: Change) -> None:
    """Adds `change` to the running transaction."""
    connection.execute(insert(identity_changes).values(change=json.dumps(change, sort_keys=True)))


class SqlChangeLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, seq: int, *, limit: int) -> list[LoggedChange]:
        """Changes numbered above `seq`, oldest first, at most `limit`."""
        newer = (
            select(identity_changes.c.seq, identity_changes.c.change)
            .where(identity_changes.c.seq > seq)
            .order_by(identity_changes.c.seq)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [LoggedChange(row.seq, json.loads(row.change)) for row in connection.execute(newer)]
