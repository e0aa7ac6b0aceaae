"""Tokens of machines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from ringwork.control.demands import Demand
from ringwork.control.people.model import MachineToken
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import machine_tokens

_AGREED = [column for column in machine_tokens.c if column.name != "used_at"]


class SqlMachineTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: MachineToken) -> None:
        row = {
            "id": token.id,
            "sha256": token.sha256,
            "name": token.name,
            "groups": json.dumps(token.groups),
            "created_at": unix(token.created_at),
            "expires_at": unix(token.expires_at),
        }
        at, subject = token.created_at, f"machine-token:{token.id}"
        with recorded(self._database, at, "machine-token.create", subject, _agreed(token.id)) as connection:
            connection.execute(insert(machine_tokens).values(row))

    def found(self, sha256: str) -> MachineToken | None:
        return self._first(select(machine_tokens).where(machine_tokens.c.sha256 == sha256))

    def find(self, token_id: str) -> MachineToken | None:
        return self._first(_of(token_id))

    def all(self, *, limit: int, after: str = "") -> list[MachineToken]:
        page = select(machine_tokens).where(machine_tokens.c.id > after).order_by(machine_tokens.c.id)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(page.limit(limit))]

    def good(self, at: datetime) -> int:
        usable = machine_tokens.c.revoked_at.is_(None) & (machine_tokens.c.expires_at > unix(at))
        with self._database.reading() as connection:
            counted = select(func.count()).select_from(machine_tokens).where(usable)
            return int(connection.execute(counted).scalar_one())

    def used(self, token_id: str, at: datetime) -> None:
        with self._database.writing() as connection:
            one = update(machine_tokens).where(machine_tokens.c.id == token_id)
            connection.execute(one.values(used_at=unix(at)))

    def revoke(self, token_id: str, at: datetime, demand: Demand[MachineToken]) -> MachineToken | None:
        subject, row = f"machine-token:{token_id}", _agreed(token_id)
        with recorded(self._database, at, "machine-token.revoke", subject, row) as connection:
            found = connection.execute(_of(token_id)).first()
            if found is None:
                return None
            token = _from_row(found)
            demand(token)
            if token.revoked_at is not None:
                return token
            one = update(machine_tokens).where(machine_tokens.c.id == token_id)
            connection.execute(one.values(revoked_at=unix(at)))
            return replace(token, revoked_at=at)

    def _first(self, wanted: Select[Any]) -> MachineToken | None:
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _from_row(row)


def _of(token_id: str) -> Select[Any]:
    return select(machine_tokens).where(machine_tokens.c.id == token_id)


def _agreed(token_id: str) -> Select[Any]:
    """What is of record: that it was used is no deed."""
    return select(*_AGREED).where(machine_tokens.c.id == token_id)


def _from_row(row: Row[Any]) -> MachineToken:
    given = dict(row._mapping)
    for name in ("created_at", "expires_at", "used_at", "revoked_at"):
        given[name] = moment(given[name])
    return MachineToken(**given | {"groups": tuple(json.loads(given["groups"]))})
