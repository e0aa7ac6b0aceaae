"""The outbox: a change is written in the transaction of what changed, and applied to nodes afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from ringwork.control.changes import Entry, LogExtent, LoggedChange, Standing
from ringwork.control.store.database import Database
from ringwork.control.store.tables import identity_changes, identity_log

# Removals that are kept for copies of the log that are behind; older ones make such a copy start over.
KEPT_REMOVALS = 10_000
# Rows in memory at a time, of a million perhaps.
_AT_ONCE = 1_000


def log_change(connection: Connection, entry: Entry) -> None:
    """Adds `entry` to the running transaction, with the next number: without a hole, in the order of commits."""
    log_changes(connection, [entry])


def log_changes(connection: Connection, entries: Sequence[Entry]) -> None:
    """As `log_change`, of several, at least one; they are as many rows in memory."""
    connection.execute(update(identity_log).values(newest=identity_log.c.newest + len(entries)))
    newest = connection.execute(select(identity_log.c.newest)).scalar_one()
    rows = [
        {
            "seq": seq,
            "change": json.dumps(entry.change, sort_keys=True),
            "subject": entry.subject,
            "ring": entry.ring,
            "removes": entry.removes,
        }
        for seq, entry in enumerate(entries, newest - len(entries) + 1)
    ]
    connection.execute(insert(identity_changes), rows)


class SqlChangeLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, seq: int, *, limit: int) -> list[LoggedChange]:
        with self._database.reading() as connection:
            return _after(connection, seq, limit, None)

    def part(
        self, start: Callable[[LogExtent], int], *, limit: int, rings: Collection[str]
    ) -> tuple[LogExtent, list[LoggedChange]]:
        """Extent, and changes about `rings` above what `start` says of it, as of one moment."""
        with self._database.reading_at_once() as connection:
            extent = _extent(connection)
            return extent, _after(connection, start(extent), limit, rings)

    def extent(self) -> LogExtent:
        with self._database.reading_at_once() as connection:
            return _extent(connection)

    @contextmanager
    def standing(self, rings: Collection[str] | None = None) -> Iterator[Standing]:
        """All that holds, of `rings` where they are said, as of one moment."""
        with self._database.reading_at_once() as connection:
            extent = _extent(connection)
            yield Standing(extent.epoch, extent.newest, _standing(connection, rings))

    def compact(self) -> int:
        """Drops what a newer change about the same subject made void, and removals beyond the newest
        `KEPT_REMOVALS`; returns how many. The log grows with what exists, not with what happened.
        """
        columns = identity_changes.c
        newer = identity_changes.alias("newer")
        superseded = exists().where(newer.c.subject == columns.subject, newer.c.seq > columns.seq)
        removals = select(columns.seq).where(columns.removes).order_by(columns.seq.desc())
        with self._database.writing() as connection:
            void = connection.execute(delete(identity_changes).where(superseded)).rowcount
            floor = connection.execute(removals.offset(KEPT_REMOVALS).limit(1)).scalar()
            if floor is None:
                return void
            old = delete(identity_changes).where(columns.removes, columns.seq <= floor)
            connection.execute(update(identity_log).values(floor=floor))
            return void + connection.execute(old).rowcount


def _after(connection: Connection, seq: int, limit: int, rings: Collection[str] | None) -> list[LoggedChange]:
    columns = identity_changes.c
    newer = select(columns.seq, columns.change).where(columns.seq > seq)
    if rings is not None:
        newer = newer.where(columns.ring.in_(rings))
    found = connection.execute(newer.order_by(columns.seq).limit(limit))
    return [LoggedChange(row.seq, json.loads(row.change)) for row in found]


def _standing(connection: Connection, rings: Collection[str] | None) -> Iterator[str]:
    """The newest change about each subject, by subject, as JSON."""
    columns = identity_changes.c
    newest = select(func.max(columns.seq).label("seq")).group_by(columns.subject).subquery()
    holds = select(columns.change).join(newest, newest.c.seq == columns.seq).where(~columns.removes)
    if rings is not None:
        holds = holds.where(columns.ring.in_(rings))
    in_order = holds.order_by(columns.subject).execution_options(yield_per=_AT_ONCE)
    return iter(connection.execute(in_order).scalars())


def _extent(connection: Connection) -> LogExtent:
    columns = identity_log.c
    row = connection.execute(select(columns.epoch, columns.floor, columns.newest)).one()
    return LogExtent(row.epoch, row.floor, row.newest)
