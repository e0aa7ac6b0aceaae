"""What users allowed clients. That a token was refreshed is no deed; that something was allowed, and its end, is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from ringwork.control.changes import access_token_revoked
from ringwork.control.oauth.users.model import UserGrant
from ringwork.control.store.change_log import log_change
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import noted_new, recorded
from ringwork.control.store.tables import token_revocations, user_grants
from ringwork.intent.authorization import LEEWAY_SECONDS

_VOLATILE = ("used_at", "generation", "rotated_at", "tokens_until", "jkt", "x5t")
_TIMES = ("code_until", "created_at", "expires_at", "used_at", "rotated_at", "tokens_until", "ended_at")
_LISTS = ("scopes", "resources")
_AGREED = [column for column in user_grants.c if column.name not in _VOLATILE]
_KEPT_FOR = timedelta(days=1)
_ONE_MORE = "the user allowed the client more often than it may have at once"


class SqlUserGrants:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, grant: UserGrant, *, most: int) -> None:
        same = _lasting().where(user_grants.c.user == grant.user, user_grants.c.client_id == grant.client_id)
        at = grant.created_at
        with self._database.writing() as connection:
            oldest = same.order_by(user_grants.c.created_at.desc(), user_grants.c.id).offset(most - 1)
            before = [_grant_of(row) for row in connection.execute(oldest)]
        for each in before:
            self.change(each.id, at, lambda found: _over(found, at, _ONE_MORE))
        with self._database.writing() as connection:
            connection.execute(insert(user_grants).values(_row_of(grant)))
            subject, row = f"user-grant:{grant.id}", _agreed(grant.id)
            noted_new(connection, at, "user-grant.create", subject, row)

    def find(self, grant_id: str) -> UserGrant | None:
        with self._database.reading() as connection:
            return _found(connection, grant_id)

    def with_code(self, sha256: str) -> UserGrant | None:
        wanted = select(user_grants).where(user_grants.c.code_sha256 == sha256)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _grant_of(row)

    def of_user(self, user: str) -> list[UserGrant]:
        wanted = _lasting().where(user_grants.c.user == user)
        with self._database.reading() as connection:
            newest = wanted.order_by(user_grants.c.created_at.desc(), user_grants.c.id)
            return [_grant_of(row) for row in connection.execute(newest)]

    def all(self, *, limit: int, after: str = "") -> list[UserGrant]:
        page = select(user_grants).where(user_grants.c.id > after).order_by(user_grants.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_grant_of(row) for row in connection.execute(page)]

    def change(self, grant_id: str, at: datetime, turn: Callable[[UserGrant], UserGrant]) -> UserGrant | None:
        subject = f"user-grant:{grant_id}"
        with recorded(self._database, at, "user-grant.end", subject, _agreed(grant_id)) as connection:
            found = _found(connection, grant_id)
            if found is None:
                return None
            turned = turn(found)
            if turned != found:
                of_it = user_grants.c.id == grant_id
                connection.execute(update(user_grants).where(of_it).values(_row_of(turned)))
            if turned.ended_at is not None and found.ended_at is None:
                _tell_gateways(connection, turned, at)
            return turned

    def forget(self, at: datetime, idle_since: datetime) -> None:
        before = unix(at - _KEPT_FOR)
        idle = user_grants.c.used_at < unix(idle_since - _KEPT_FOR)
        ended, expired = user_grants.c.ended_at < before, user_grants.c.expires_at < before
        unused = (user_grants.c.generation == 0) & (user_grants.c.code_until < before)
        with self._database.writing() as connection:
            connection.execute(delete(user_grants).where(or_(ended, expired, idle, unused)))


def _tell_gateways(connection: Connection, grant: UserGrant, at: datetime) -> None:
    """By the name that all of its access tokens carry, until the last of them ends."""
    if grant.tokens_until is None or grant.tokens_until + timedelta(seconds=LEEWAY_SECONDS) < at:
        return
    ends = grant.tokens_until + timedelta(seconds=LEEWAY_SECONDS + 1)
    values = {"jti": grant.id, "ring": grant.ring, "expires_at": unix(ends)}
    connection.execute(insert(token_revocations).values(values))
    log_change(connection, access_token_revoked(grant.id, grant.ring))


def _lasting() -> Select[Any]:
    return select(user_grants).where(user_grants.c.ended_at.is_(None))


def _agreed(grant_id: str) -> Select[Any]:
    return select(*_AGREED).where(user_grants.c.id == grant_id)


def _found(connection: Connection, grant_id: str) -> UserGrant | None:
    row = connection.execute(select(user_grants).where(user_grants.c.id == grant_id)).first()
    return None if row is None else _grant_of(row)


def _over(grant: UserGrant, at: datetime, because: str) -> UserGrant:
    return replace(grant, ended_at=at, ended_because=because)


def _grant_of(row: Row[Any]) -> UserGrant:
    given = dict(row._mapping)
    given |= {name: moment(given[name]) for name in _TIMES}
    given |= {name: tuple(json.loads(given[name])) for name in _LISTS}
    return UserGrant(**given)


def _row_of(grant: UserGrant) -> dict[str, Any]:
    row = asdict(grant)
    row |= {name: unix(row[name]) for name in _TIMES}
    return row | {name: json.dumps(row[name]) for name in _LISTS}
