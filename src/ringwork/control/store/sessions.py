"""Sessions of people. That one was used, and that its provider was asked, is no deed; what came of it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update

from ringwork.control.demands import Demand, Foretold
from ringwork.control.people.model import Person, Session
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.people import arrive, person_of
from ringwork.control.store.tables import people, sessions

_VOLATILE = ("used_at", "checked_at", "refresh")
_AGREED = [column for column in sessions.c if column.name not in _VOLATILE]
_TIMES = ("created_at", "expires_at", "used_at", "checked_at", "ended_at")


class SqlSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, session: Session, person: Person) -> None:
        row = {
            "id": session.id,
            "sha256": session.sha256,
            "person": person.id,
            "device": session.device,
            "claims": json.dumps(session.claims),
            "sid": session.sid,
            "created_at": unix(session.created_at),
            "expires_at": unix(session.expires_at),
            "used_at": unix(session.used_at),
            "checked_at": unix(session.checked_at),
            "refresh": session.refresh,
        }
        at, subject = session.created_at, f"session:{session.id}"
        with recorded(self._database, at, "session.begin", subject, _agreed(session.id)) as connection:
            arrive(connection, person)
            connection.execute(insert(sessions).values(row))

    def found(self, sha256: str) -> tuple[Session, Person] | None:
        with self._database.reading() as connection:
            row = connection.execute(_WITH_PERSON.where(sessions.c.sha256 == sha256)).first()
        return None if row is None else _pair(row)

    def find(self, session_id: str) -> Session | None:
        with self._database.reading() as connection:
            row = connection.execute(_of(session_id)).first()
        return None if row is None else _from_row(row)

    def all(self, *, limit: int, after: str = "") -> list[Session]:
        return self._listed(select(sessions).where(sessions.c.id > after).limit(limit))

    def of(self, person: str) -> list[Session]:
        return self._listed(
            select(sessions).where(sessions.c.person == person, sessions.c.ended_at.is_(None))
        )

    def named(self, issuer: str, *, subject: str | None, sid: str | None) -> list[Session]:
        wanted = select(sessions).join(people, people.c.id == sessions.c.person)
        wanted = wanted.where(people.c.issuer == issuer, sessions.c.ended_at.is_(None))
        if subject is not None:
            wanted = wanted.where(people.c.subject == subject)
        if sid is not None:
            wanted = wanted.where(sessions.c.sid == sid)
        return self._listed(wanted)

    def unchecked(self, since: datetime, *, limit: int) -> list[tuple[Session, Person]]:
        due = _WITH_PERSON.where(
            sessions.c.ended_at.is_(None),
            sessions.c.refresh.is_not(None),
            sessions.c.checked_at <= unix(since),
        )
        with self._database.reading() as connection:
            rows = connection.execute(due.order_by(sessions.c.checked_at, sessions.c.id).limit(limit))
            return [_pair(row) for row in rows]

    def used(self, session_id: str, at: datetime) -> None:
        with self._database.writing() as connection:
            open_one = update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
            connection.execute(open_one.values(used_at=unix(at)))

    def checked(
        self, session_id: str, at: datetime, claims: tuple[tuple[str, str], ...], refresh: bytes | None
    ) -> None:
        subject = f"session:{session_id}"
        with recorded(self._database, at, "session.regroup", subject, _agreed(session_id)) as connection:
            open_one = update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
            said = {"checked_at": unix(at), "claims": json.dumps(claims), "refresh": refresh}
            connection.execute(open_one.values(said))

    def end(
        self,
        session_id: str,
        at: datetime,
        because: str,
        demand: Demand[Session],
        foretold: Foretold[Session],
    ) -> Session | None:
        subject = f"session:{session_id}"
        with recorded(self._database, at, "session.end", subject, _agreed(session_id)) as connection:
            row = connection.execute(_of(session_id)).first()
            if row is None:
                return None
            session = _from_row(row)
            demand(session)
            if session.ended_at is not None:
                return session
            over = {"ended_at": unix(at), "ended_because": because, "refresh": None}
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(over))
            ended = replace(session, ended_at=at, ended_because=because, refresh=None)
            foretold(ended)
            return ended

    def forget(self, before: datetime) -> None:
        with self._database.writing() as connection:
            over = (sessions.c.ended_at < unix(before)) | (sessions.c.expires_at < unix(before))
            connection.execute(delete(sessions).where(over))

    def _listed(self, wanted: Select[Any]) -> list[Session]:
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(wanted.order_by(sessions.c.id))]


_WITH_PERSON = select(*sessions.c, *(column.label(f"person_{column.name}") for column in people.c)).join(
    people, people.c.id == sessions.c.person
)


def _of(session_id: str) -> Select[Any]:
    return select(sessions).where(sessions.c.id == session_id)


def _agreed(session_id: str) -> Select[Any]:
    return select(*_AGREED).where(sessions.c.id == session_id)


def _pair(row: Row[Any]) -> tuple[Session, Person]:
    return _from_row(row), person_of(row, "person_")


def _from_row(row: Row[Any]) -> Session:
    given = {column.name: getattr(row, column.name) for column in sessions.c}
    given |= {name: moment(given[name]) for name in _TIMES}
    claims = tuple((claim, value) for claim, value in json.loads(given["claims"]))
    return Session(**given | {"claims": claims})
