"""The ledger's entries: each is written in the transaction of what it tells of, under the lock of all writers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from ringwork.control.ledger.deeds import Actor, Deed, Noted, entry
from ringwork.control.ledger.ledger import Extract
from ringwork.control.store.bulk import insert_all
from ringwork.control.store.database import Database
from ringwork.control.store.receipts import keep_promise
from ringwork.control.store.tables import ledger, ledger_checkpoints, ledger_head
from ringwork.kernel.canonical import canonical_json, content_hash

# Rows in memory at a time, of a million perhaps.
_AT_ONCE = 1_000


@contextmanager
def recorded(
    database: Database,
    at: datetime,
    action: str,
    subject: str,
    row: Select[Any],
    actor: Actor | None = None,
) -> Iterator[Connection]:
    """A writing transaction and its entry: what `row` finds when it begins, and when it ends. No change, no entry.
    Whoever asked for the change is owed a receipt: that is in it, too.
    """
    with database.writing() as connection:
        before = _digest(connection, row)
        yield connection
        after = _digest(connection, row)
        if before != after:
            noted_in(connection, at, Deed(action, subject, before, after), actor)
            keep_promise(connection, subject)


def noted(database: Database, at: datetime, deed: Deed) -> None:
    """The entry of something that changes no row."""
    with database.writing() as connection:
        noted_in(connection, at, deed)


def noted_in(connection: Connection, at: datetime, deed: Deed, actor: Actor | None = None) -> None:
    """As `noted`, within a writing transaction."""
    seq = connection.execute(select(ledger_head.c.size)).scalar_one()
    connection.execute(insert(ledger).values(seq=seq, entry=entry(seq, at, deed, actor).decode()))
    connection.execute(update(ledger_head).values(size=seq + 1))


def noted_all(connection: Connection, at: datetime, noted: Sequence[Noted]) -> int:
    """As `noted_in`, of many, at least one; the number of the first."""
    first: int = connection.execute(select(ledger_head.c.size)).scalar_one()
    rows = [
        {"seq": seq, "entry": entry(seq, at, one.deed, one.actor, one.call).decode()}
        for seq, one in enumerate(noted, first)
    ]
    insert_all(connection, ledger, rows)
    connection.execute(update(ledger_head).values(size=first + len(rows)))
    return first


def noted_new(connection: Connection, at: datetime, action: str, subject: str, row: Select[Any]) -> None:
    """As `noted_in`, of something that was just made beside what the transaction is about: what `row` finds."""
    noted_in(connection, at, Deed(action, subject, None, _digest(connection, row)))


def _digest(connection: Connection, row: Select[Any]) -> str | None:
    """SHA-256 of the row as canonical JSON; bytes are hex."""
    found = connection.execute(row).first()
    if found is None:
        return None
    values = {
        name: value.hex() if isinstance(value, bytes) else value for name, value in found._mapping.items()
    }
    return content_hash(canonical_json(values))


class SqlLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def size(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute(select(ledger_head.c.size)).scalar_one())

    def after(self, size: int, *, limit: int) -> list[tuple[int, bytes]]:
        newer = select(ledger).where(ledger.c.seq >= size).order_by(ledger.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [(row.seq, row.entry.encode()) for row in connection.execute(newer)]

    def keep(self, size: int, note: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(ledger_checkpoints).where(ledger_checkpoints.c.size == size))
            connection.execute(insert(ledger_checkpoints).values(size=size, note=note))

    @contextmanager
    def extract(self) -> Iterator[Extract]:
        notes = select(ledger_checkpoints.c.note).order_by(ledger_checkpoints.c.size)
        entries = select(ledger.c.entry).order_by(ledger.c.seq)
        with self._database.reading_at_once() as connection:
            yield Extract(_streamed(connection, notes), map(str.encode, _streamed(connection, entries)))


def _streamed(connection: Connection, wanted: Select[Any]) -> Iterator[str]:
    yield from connection.execute(wanted.execution_options(yield_per=_AT_ONCE)).scalars()
