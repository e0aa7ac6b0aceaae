"""Sealed secrets."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from ringwork.control.model import SecretRecord
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import secrets


class SqlSecrets:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, record: SecretRecord) -> None:
        row = {"name": record.name, "sealed": record.sealed, "changed_at": unix(record.changed_at)}
        with self._changing("secret.set", record.name, record.changed_at) as connection:
            connection.execute(delete(secrets).where(secrets.c.name == record.name))
            connection.execute(insert(secrets).values(row))

    def delete(self, name: str, at: datetime) -> bool:
        with self._changing("secret.remove", name, at) as connection:
            return connection.execute(delete(secrets).where(secrets.c.name == name)).rowcount > 0

    def find(self, name: str) -> SecretRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(secrets).where(secrets.c.name == name)).first()
        return None if row is None else _from_row(row)

    def all(self) -> list[SecretRecord]:
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(select(secrets).order_by(secrets.c.name))]

    def _changing(self, action: str, name: str, at: datetime) -> AbstractContextManager[Connection]:
        row = select(secrets).where(secrets.c.name == name)
        return recorded(self._database, at, action, f"secret:{name}", row)


def _from_row(row: Row[Any]) -> SecretRecord:
    changed_at = moment(row.changed_at)
    assert changed_at is not None  # NOT NULL
    return SecretRecord(row.name, row.sealed, changed_at)
