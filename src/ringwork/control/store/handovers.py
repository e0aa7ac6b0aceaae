"""Handovers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from ringwork.control.demands import Demand
from ringwork.control.handovers.model import Handover
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import handovers

_TIMES = ("created_at", "expires_at", "opened_at", "ended_at")
# All but what is sealed.
_TOLD = [column for column in handovers.c if column.name != "sealed"]


class SqlHandovers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, handover: Handover, sealed: bytes) -> None:
        row = {
            "id": handover.id,
            "sha256": handover.sha256,
            "account": handover.account,
            "names": json.dumps(handover.names),
            "sealed": sealed,
            "created_at": unix(handover.created_at),
            "expires_at": unix(handover.expires_at),
        }
        at, subject = handover.created_at, f"handover:{handover.id}"
        with recorded(self._database, at, "handover.make", subject, _one(handover.id)) as connection:
            connection.execute(insert(handovers).values(row))

    def find(self, handover_id: str) -> Handover | None:
        return self._first(_one(handover_id))

    def found(self, sha256: str) -> Handover | None:
        return self._first(select(*_TOLD).where(handovers.c.sha256 == sha256))

    def all(self, *, limit: int, after: str = "") -> list[Handover]:
        page = select(*_TOLD).where(handovers.c.id > after).order_by(handovers.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_handover_of(row) for row in connection.execute(page)]

    def open(self, handover_id: str, at: datetime) -> bytes | None:
        subject, row = f"handover:{handover_id}", _one(handover_id)
        with recorded(self._database, at, "handover.open", subject, row) as connection:
            waiting = select(handovers.c.sealed).where(
                handovers.c.id == handover_id, handovers.c.expires_at > unix(at)
            )
            sealed: bytes | None = connection.execute(waiting).scalar()
            if sealed is not None:
                _empty(connection, handover_id, opened_at=at)
            return sealed

    def end(self, handover_id: str, at: datetime, demand: Demand[Handover]) -> Handover | None:
        subject, row = f"handover:{handover_id}", _one(handover_id)
        with recorded(self._database, at, "handover.end", subject, row) as connection:
            first = connection.execute(row).first()
            if first is None:
                return None
            found = _handover_of(first)
            demand(found)
            if found.state(at) != "waiting":
                return found
            _empty(connection, handover_id, ended_at=at)
            return replace(found, ended_at=at)

    def forget(self, now: datetime, before: datetime) -> None:
        unread = update(handovers).where(handovers.c.expires_at <= unix(now), handovers.c.sealed.is_not(None))
        with self._database.writing() as connection:
            connection.execute(unread.values(sealed=None))
            connection.execute(delete(handovers).where(handovers.c.expires_at < unix(before)))

    def _first(self, wanted: Select[Any]) -> Handover | None:
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _handover_of(row)


def _one(handover_id: str) -> Select[Any]:
    return select(*_TOLD).where(handovers.c.id == handover_id)


def _empty(connection: Connection, handover_id: str, **ended: datetime) -> None:
    values: dict[str, Any] = {name: unix(at) for name, at in ended.items()}
    connection.execute(update(handovers).where(handovers.c.id == handover_id).values(sealed=None, **values))


def _handover_of(row: Row[Any]) -> Handover:
    given = dict(row._mapping)
    times = {name: moment(given[name]) for name in _TIMES}
    return Handover(**given | times | {"names": tuple(json.loads(given["names"]))})
