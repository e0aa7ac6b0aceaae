"""Notices, from the transaction of what they tell of until they are heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ringwork.control.notices.model import Notice
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.tables import ledger_head, notices


class SqlNotices:
    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: datetime, *, limit: int) -> list[Notice]:
        wanted = select(notices).where(notices.c.due_at <= unix(at))
        ordered = wanted.order_by(notices.c.seq).limit(limit)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(ordered)]

    def later(self, notice_id: str, due_at: datetime) -> None:
        tried = update(notices).where(notices.c.id == notice_id)
        with self._database.writing() as connection:
            connection.execute(tried.values(due_at=unix(due_at), tries=notices.c.tries + 1))

    def done(self, notice_id: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(notices).where(notices.c.id == notice_id))


def announce(connection: Connection, notice: Notice | None) -> None:
    """Within the transaction of what it tells of; None: nobody is told."""
    if notice is not None:
        row = {"id": notice.id, "kind": notice.kind, "body": notice.body.decode(), "tries": notice.tries}
        made, seq = unix(notice.made_at), connection.execute(select(ledger_head.c.size)).scalar_one()
        connection.execute(insert(notices).values(**row, seq=seq, made_at=made, due_at=made))


def _from_row(row: Row[Any]) -> Notice:
    given = {name: value for name, value in row._mapping.items() if name != "seq"}
    times = {name: moment(given[name]) for name in ("made_at", "due_at")}
    return Notice(**given | times | {"body": given["body"].encode()})
