"""API keys, without the keys."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ringwork.control.changes import key_deleted, key_told
from ringwork.control.consumers.model import Application
from ringwork.control.demands import Demand, Foretold, nothing_demanded, nothing_foretold
from ringwork.control.model import Credential
from ringwork.control.store.applications import application_for
from ringwork.control.store.change_log import log_change
from ringwork.control.store.credential_rows import WITH_STANDING, credential_of, credential_row
from ringwork.control.store.database import Database, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import credentials


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
            added = _of(application, credential)
            connection.execute(insert(credentials).values(credential_row(added)))
            log_change(connection, key_told(added))
            foretold(added)
            return added

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
        page = WITH_STANDING.where(credentials.c.id > after).order_by(credentials.c.id).limit(limit)
        with self._database.reading() as connection:
            return [credential_of(row) for row in connection.execute(page)]

    def _changing(self, action: str, key_id: str, at: datetime) -> AbstractContextManager[Connection]:
        row = select(credentials).where(credentials.c.id == key_id)
        return recorded(self._database, at, action, f"key:{key_id}", row)


def _found(connection: Connection, key_id: str) -> Credential | None:
    row = connection.execute(WITH_STANDING.where(credentials.c.id == key_id)).first()
    return None if row is None else credential_of(row)


def _of(application: Application, credential: Credential) -> Credential:
    """A key without an agreement has its application's plan."""
    plan = credential.plan or (application.plan if credential.partner is None else None)
    return replace(credential, application_id=application.id, plan=plan, suspended=not application.works)
