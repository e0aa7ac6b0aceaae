"""People who operate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from ringwork.control.demands import Demand, Foretold
from ringwork.control.people.model import Invitation, Person
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.invitations import use_up
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import people


class SqlPeople:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, person_id: str) -> Person | None:
        return self._first(people.c.id == person_id)

    def known_as(self, issuer: str, subject: str) -> Person | None:
        return self._first((people.c.issuer == issuer) & (people.c.subject == subject))

    def all(self, *, limit: int, after: str = "") -> list[Person]:
        page = select(people).where(people.c.id > after).order_by(people.c.id).limit(limit)
        with self._database.reading() as connection:
            return [person_of(row) for row in connection.execute(page)]

    def count(self) -> int:
        with self._database.reading() as connection:
            return _count(connection)

    def join(self, person: Person, invitation: Invitation | None) -> bool:
        row = select(people).where(people.c.id == person.id)
        at = person.created_at
        with recorded(self._database, at, "person.join", f"person:{person.id}", row) as connection:
            may = _count(connection) == 0 if invitation is None else use_up(connection, invitation.id, at)
            if may:
                _put(connection, person)
            return may

    def end(self, person_id: str, at: datetime, demand: Demand[Person]) -> Person | None:
        row = select(people).where(people.c.id == person_id)
        with recorded(self._database, at, "person.end", f"person:{person_id}", row) as connection:
            found = connection.execute(row).first()
            if found is None:
                return None
            person = person_of(found)
            demand(person)
            if person.ended_at is not None:
                return person
            ended = update(people).where(people.c.id == person_id)
            # What is over needs no password any more.
            connection.execute(ended.values(ended_at=unix(at), password=None))
            return replace(person, ended_at=at, password=None)

    def restore(
        self, person_id: str, at: datetime, demand: Demand[Person], foretold: Foretold[Person]
    ) -> Person | None:
        row = select(people).where(people.c.id == person_id)
        with recorded(self._database, at, "person.restore", f"person:{person_id}", row) as connection:
            found = connection.execute(row).first()
            if found is None:
                return None
            demand(person_of(found))
            connection.execute(update(people).where(people.c.id == person_id).values(ended_at=None))
            restored = replace(person_of(found), ended_at=None)
            foretold(restored)
            return restored

    def _first(self, which: ColumnElement[bool]) -> Person | None:
        with self._database.reading() as connection:
            row = connection.execute(select(people).where(which)).first()
        return None if row is None else person_of(row)


def arrive(connection: Connection, person: Person) -> None:
    """Adds the person a session begins of, or takes over what a provider calls him now, and nothing else."""
    known = update(people).where(people.c.id == person.id)
    if connection.execute(known.values(name=person.name)).rowcount == 0:
        connection.execute(insert(people).values(_as_row(person)))


def person_of(row: Row[Any], prefix: str = "") -> Person:
    """`prefix`: of the columns' names."""
    given = {column.name: getattr(row, prefix + column.name) for column in people.c}
    return Person(
        **given
        | {name: moment(given[name]) for name in ("created_at", "ended_at")}
        | {"groups": tuple(json.loads(given["groups"]))}
    )


def _put(connection: Connection, person: Person) -> None:
    row = _as_row(person)
    changed = update(people).where(people.c.id == person.id).values(row)
    if connection.execute(changed).rowcount == 0:
        connection.execute(insert(people).values(row))


def _as_row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "issuer": person.issuer,
        "subject": person.subject,
        "name": person.name,
        "groups": json.dumps(person.groups),
        "password": person.password,
        "created_at": unix(person.created_at),
        "ended_at": unix(person.ended_at),
    }


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(people)).scalar_one())
