"""API keys, without the keys."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ringwork.control.changes import key_deleted, key_put
from ringwork.control.demands import Demand
from ringwork.control.model import Credential, Restrictions
from ringwork.control.store.change_log import log_change
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import credentials


class SqlCredentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, credential: Credential) -> None:
        with self._changing("key.create", credential.id, credential.created_at) as connection:
            connection.execute(insert(credentials).values(_as_row(credential)))
            log_change(connection, key_put(credential))

    def revoke(self, key_id: str, at: datetime, demand: Demand[Credential]) -> Credential | None:
        with self._changing("key.revoke", key_id, at) as connection:
            found = _found(connection, key_id)
            if found is None:
                return None
            demand(found)
            if found.revoked_at is not None:
                return found
            ended = replace(found, revoked_at=at)
            revoked = update(credentials).where(credentials.c.id == key_id)
            connection.execute(revoked.values(revoked_at=unix(at)))
            log_change(connection, key_deleted(ended))
            return ended

    def find(self, key_id: str) -> Credential | None:
        with self._database.reading() as connection:
            return _found(connection, key_id)

    def all(self, *, limit: int, after: str = "") -> list[Credential]:
        page = select(credentials).where(credentials.c.id > after).order_by(credentials.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(page)]

    def _changing(self, action: str, key_id: str, at: datetime) -> AbstractContextManager[Connection]:
        row = select(credentials).where(credentials.c.id == key_id)
        return recorded(self._database, at, action, f"key:{key_id}", row)


def _found(connection: Connection, key_id: str) -> Credential | None:
    row = connection.execute(select(credentials).where(credentials.c.id == key_id)).first()
    return None if row is None else _from_row(row)


def _as_row(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "sha256": credential.sha256,
        "environment": credential.environment,
        "ring": credential.ring,
        "consumer": credential.consumer,
        "application": credential.application,
        "plan": credential.plan,
        "partner": credential.partner,
        "restrictions": json.dumps(asdict(credential.restrictions), sort_keys=True),
        "created_at": unix(credential.created_at),
        "not_before": unix(credential.not_before),
        "expires_at": unix(credential.expires_at),
        "revoked_at": unix(credential.revoked_at),
    }


def _from_row(row: Row[Any]) -> Credential:
    given = dict(row._mapping)
    restrictions = {name: tuple(values) for name, values in json.loads(given.pop("restrictions")).items()}
    for name in ("created_at", "not_before", "expires_at", "revoked_at"):
        given[name] = moment(given[name])
    return Credential(**given, restrictions=Restrictions(**restrictions))
