"""Receipts, written in the transaction of what they are for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from ringwork.control.receipts import Receipt, promised
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.tables import receipts


def keep_promise(connection: Connection, subject: str) -> None:
    """Adds to the running transaction what is owed to the request that is answered, if anything is."""
    promise = promised()
    if promise is not None:
        promise.subject = subject
        _put(connection, promise.receipt())


class SqlReceipts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str, *, since: datetime) -> Receipt | None:
        young = select(receipts).where(receipts.c.name == name, receipts.c.made_at >= unix(since))
        with self._database.reading() as connection:
            row = connection.execute(young).first()
        if row is None:
            return None
        made_at = moment(row.made_at)
        assert made_at is not None  # NOT NULL
        return Receipt(row.name, row.fingerprint, made_at, row.subject, row.sealed)

    def put(self, receipt: Receipt) -> None:
        with self._database.writing() as connection:
            _put(connection, receipt)

    def forget(self, before: datetime, *, keep: int) -> None:
        made_at = receipts.c.made_at
        newest = select(made_at).order_by(made_at.desc()).offset(keep).limit(1)
        with self._database.writing() as connection:
            beyond = connection.execute(newest).scalar()
            connection.execute(delete(receipts).where(made_at < unix(before)))
            if beyond is not None:
                connection.execute(delete(receipts).where(made_at <= beyond))


def _put(connection: Connection, receipt: Receipt) -> None:
    row = {
        "name": receipt.name,
        "fingerprint": receipt.fingerprint,
        "made_at": unix(receipt.made_at),
        "subject": receipt.subject,
        "sealed": receipt.sealed,
    }
    connection.execute(delete(receipts).where(receipts.c.name == receipt.name))
    connection.execute(insert(receipts).values(row))
