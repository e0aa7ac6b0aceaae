"""Keys that sign access tokens, sealed; and which tokens were revoked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from ringwork.control.changes import access_token_forgotten, access_token_revoked
from ringwork.control.oauth.model import TokenKey
from ringwork.control.store.change_log import log_change
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import token_keys, token_revocations

_FORGOTTEN_AT_ONCE = 10_000


class SqlTokenKeys:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[TokenKey]:
        with self._database.reading() as connection:
            return _all(connection)

    def put(
        self, key: TokenKey, before_ends_at: datetime, *, unless: Callable[[list[TokenKey]], bool]
    ) -> list[TokenKey]:
        row = select(token_keys).where(token_keys.c.kid == key.kid)
        subject = f"token-key:{key.kid}"
        with recorded(self._database, key.made_at, "token-key.create", subject, row) as connection:
            if unless(_all(connection)):
                return _all(connection)
            ends, at = token_keys.c.ends_at, unix(before_ends_at)
            connection.execute(update(token_keys).where(or_(ends.is_(None), ends > at)).values(ends_at=at))
            connection.execute(insert(token_keys).values(_row_of(key)))
            return _all(connection)

    def forget(self, before: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(token_keys).where(token_keys.c.ends_at <= unix(before)))


class SqlTokenRevocations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, jti: str, ring: str, expires_at: datetime, at: datetime) -> None:
        row = select(token_revocations).where(token_revocations.c.jti == jti)
        with recorded(self._database, at, "access-token.revoke", f"access-token:{jti}", row) as connection:
            if connection.execute(row).first() is None:
                values = {"jti": jti, "ring": ring, "expires_at": unix(expires_at)}
                connection.execute(insert(token_revocations).values(values))
                log_change(connection, access_token_revoked(jti, ring))

    def has(self, jti: str) -> bool:
        same = select(token_revocations.c.jti).where(token_revocations.c.jti == jti)
        with self._database.reading() as connection:
            return connection.execute(same).first() is not None

    def forget(self, before: datetime) -> int:
        """At most 10,000 at a time."""
        over = select(token_revocations).where(token_revocations.c.expires_at < unix(before))
        with self._database.writing() as connection:
            found = list(connection.execute(over.limit(_FORGOTTEN_AT_ONCE)))
            for row in found:
                log_change(connection, access_token_forgotten(row.jti, row.ring))
                connection.execute(delete(token_revocations).where(token_revocations.c.jti == row.jti))
        return len(found)


def _all(connection: Connection) -> list[TokenKey]:
    newest = select(token_keys).order_by(token_keys.c.signs_at.desc(), token_keys.c.made_at.desc())
    return [_key_of(row) for row in connection.execute(newest)]


def _key_of(row: Row[Any]) -> TokenKey:
    given = dict(row._mapping)
    given |= {name: moment(given[name]) for name in ("made_at", "signs_at", "ends_at")}
    return TokenKey(**given | {"public": json.loads(given["public"])})


def _row_of(key: TokenKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "public": json.dumps(key.public, sort_keys=True),
        "sealed": key.sealed,
        "made_at": unix(key.made_at),
        "signs_at": unix(key.signs_at),
        "ends_at": unix(key.ends_at),
    }
