"""API keys, without the keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, select, update

from ringwork.control.changes import key_deleted, key_told
from ringwork.control.consumers.model import PARTNER, Application
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.model import KEY, Credential, KeyHolder
from ringwork.control.ports import Turn
from ringwork.control.store.applications import application_for
from ringwork.control.store.change_log import log_change, log_changes
from ringwork.control.store.credential_rows import (
    NOT_SUSPENDED,
    WITH_STANDING,
    credential_of,
    credential_row,
    standing_of,
)
from ringwork.control.store.database import Database, unix
from ringwork.control.store.key_holders import holders
from ringwork.control.store.key_uses import note_uses
from ringwork.control.store.ledger import noted_new, recorded
from ringwork.control.store.tables import accounts, credentials

_KEYS = WITH_STANDING.where(credentials.c.kind == KEY)


class SqlCredentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        credential: Credential,
        demand: Demand[Application] = nothing_demanded,
        foretold: Foretold[Credential] = nothing_foretold,
    ) -> Credential:
        with self._changing("key.create", credential.id, credential.created_at) as connection:
            application = application_for(connection, credential)
            demand(application)
            added = standing_of(application, credential)
            connection.execute(insert(credentials).values(credential_row(added)))
            log_change(connection, key_told(added))
            foretold(added)
            return added

    def rotate(
        self, key_id: str, at: datetime, turn: Turn, foretold: Foretold[Credential]
    ) -> Credential | None:
        with self._changing("key.rotate", key_id, at) as connection:
            found = _found(connection, key_id)
            if found is None:
                return None
            ending, following = turn(found)
            connection.execute(insert(credentials).values(credential_row(following)))
            noted_new(connection, at, "key.create", f"key:{following.id}", _row(following.id))
            changed = {"expires_at": unix(ending.expires_at), "revoked_at": unix(ending.revoked_at)}
            connection.execute(update(credentials).where(credentials.c.id == key_id).values(changed))
            log_changes(connection, [key_told(ending), key_told(following)])
            foretold(following)
            return following

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

    def of_partner(self, partner: str, *, limit: int, after: str = "") -> list[Credential]:
        its = (accounts.c.kind == PARTNER) & (accounts.c.name == partner) & (credentials.c.id > after)
        page = _KEYS.where(its).order_by(credentials.c.id).limit(limit)
        with self._database.reading() as connection:
            return [credential_of(row) for row in connection.execute(page)]

    def ending(self, after: datetime, until: datetime, *, limit: int) -> list[Credential]:
        found = (
            _KEYS.where(_ending(after, until))
            .order_by(credentials.c.expires_at, credentials.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [credential_of(row) for row in connection.execute(found)]

    def count_ending(self, after: datetime, until: datetime) -> int:
        """How many `ending` has."""
        counted = _KEYS.with_only_columns(func.count()).where(_ending(after, until))
        with self._database.reading() as connection:
            return int(connection.execute(counted).scalar_one())

    def note_uses(self, uses: Mapping[str, int], rings: Collection[str]) -> None:
        note_uses(self._database, uses, rings)

    def holders(self, now: datetime, *, limit: int) -> list[KeyHolder]:
        return holders(self._database, now, limit=limit)

    def find(self, key_id: str) -> Credential | None:
        with self._database.reading() as connection:
            return _found(connection, key_id)

    def all(self, *, limit: int, after: str = "") -> list[Credential]:
        page = _KEYS.where(credentials.c.id > after).order_by(credentials.c.id).limit(limit)
        with self._database.reading() as connection:
            return [credential_of(row) for row in connection.execute(page)]

    def _changing(self, action: str, key_id: str, at: datetime) -> AbstractContextManager[Connection]:
        return recorded(self._database, at, action, f"key:{key_id}", _row(key_id))


def _ending(after: datetime, until: datetime) -> ColumnElement[bool]:
    ends = credentials.c.expires_at
    return and_(credentials.c.revoked_at.is_(None), NOT_SUSPENDED, ends > unix(after), ends <= unix(until))


def _row(key_id: str) -> Select[Any]:
    return select(credentials).where(credentials.c.id == key_id)


def _found(connection: Connection, key_id: str) -> Credential | None:
    row = connection.execute(_KEYS.where(credentials.c.id == key_id)).first()
    return None if row is None else credential_of(row)
