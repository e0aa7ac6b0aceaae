"""Which certificates and tokens were issued, so that they can be listed and revoked."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ringwork.control.changes import identity_revoked, revocation_forgotten
from ringwork.control.demands import Demand
from ringwork.control.model import IssuedIdentity
from ringwork.control.store.change_log import log_change
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import identities

_FORGOTTEN_AT_ONCE = 10_000


class SqlIdentities:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, identity: IssuedIdentity) -> None:
        row = {
            "handle": identity.handle,
            "kind": identity.kind,
            "spiffe_id": identity.spiffe_id,
            "issued_at": unix(identity.issued_at),
            "expires_at": unix(identity.expires_at),
        }
        with self._changing("identity.issue", identity, identity.issued_at) as connection:
            connection.execute(insert(identities).values(row))

    def revoke(
        self, issued: IssuedIdentity, at: datetime, demand: Demand[IssuedIdentity]
    ) -> IssuedIdentity | None:
        with self._changing("identity.revoke", issued, at) as connection:
            found = _found(connection, issued.handle)
            if found is None:
                return None
            demand(found)
            if found.revoked_at is not None:
                return found
            ended = replace(found, revoked_at=at)
            revoked = update(identities).where(identities.c.handle == found.handle)
            connection.execute(revoked.values(revoked_at=unix(at)))
            log_change(connection, identity_revoked(ended))
            return ended

    def forget_expired(self, now: datetime) -> int:
        """Drops what expired before `now`, with its revocation; returns how many. At most 10,000 at a time."""
        expired = select(identities).where(identities.c.expires_at < unix(now)).limit(_FORGOTTEN_AT_ONCE)
        with self._database.writing() as connection:
            found = [_from_row(row) for row in connection.execute(expired)]
            for identity in found:
                if identity.revoked_at is not None:
                    log_change(connection, revocation_forgotten(identity))
                connection.execute(delete(identities).where(identities.c.handle == identity.handle))
        return len(found)

    def find(self, handle: str) -> IssuedIdentity | None:
        with self._database.reading() as connection:
            return _found(connection, handle)

    def all(self, *, limit: int, after: str = "") -> list[IssuedIdentity]:
        page = select(identities).where(identities.c.handle > after).order_by(identities.c.handle)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(page.limit(limit))]

    def _changing(
        self, action: str, identity: IssuedIdentity, at: datetime
    ) -> AbstractContextManager[Connection]:
        row = select(identities).where(identities.c.handle == identity.handle)
        return recorded(self._database, at, action, f"{identity.kind}:{identity.handle}", row)


def _found(connection: Connection, handle: str) -> IssuedIdentity | None:
    row = connection.execute(select(identities).where(identities.c.handle == handle)).first()
    return None if row is None else _from_row(row)


def _from_row(row: Row[Any]) -> IssuedIdentity:
    given = dict(row._mapping)
    for name in ("issued_at", "expires_at", "revoked_at"):
        given[name] = moment(given[name])
    return IssuedIdentity(**given)
