"""Which revisions there were. Their bytes are content-addressed files; this is their order and their meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, func, insert, select

from ringwork.control.model import Agreed, Revision
from ringwork.control.store.accounts import admit_partners
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import revisions
from ringwork.intent.authorization import AuthorizationTerms
from ringwork.intent.people import PeopleIntent

_PEOPLE = TypeAdapter(PeopleIntent)
_TERMS = TypeAdapter(AuthorizationTerms | None)


class SqlRevisions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, revision: Revision) -> None:
        row = {
            "number": revision.number,
            "created_at": unix(revision.created_at),
            "content": revision.content,
            "manifest": revision.manifest,
            "note": revision.note,
            "agreed": json.dumps(asdict(revision.agreed), sort_keys=True),
        }
        stored = select(revisions).where(revisions.c.number == revision.number)
        subject = f"revision:{revision.number}"
        published = recorded(self._database, revision.created_at, "revision.publish", subject, stored)
        with published as connection:
            connection.execute(insert(revisions).values(row))
            admit_partners(connection, revision.agreed.partners, revision.created_at)

    def find(self, number: int) -> Revision | None:
        with self._database.reading() as connection:
            row = connection.execute(select(revisions).where(revisions.c.number == number)).first()
        return None if row is None else _from_row(row)

    def latest(self, count: int, *, before: int | None = None) -> list[Revision]:
        newest = select(revisions).order_by(revisions.c.number.desc()).limit(count)
        if before is not None:
            newest = newest.where(revisions.c.number < before)
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(newest)]

    def newest(self) -> int:
        """The number of the newest; 0: there is none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(revisions.c.number))).scalar() or 0

    def manifests(self, count: int) -> dict[int, str]:
        """Number → content hash of the manifest, of the newest."""
        newest = select(revisions.c.number, revisions.c.manifest).order_by(revisions.c.number.desc())
        with self._database.reading() as connection:
            return {row.number: row.manifest for row in connection.execute(newest.limit(count))}


def _from_row(row: Row[Any]) -> Revision:
    given = dict(row._mapping)
    agreed = json.loads(given.pop("agreed"))
    agreed["versions"] = {api: tuple(names) for api, names in agreed["versions"].items()}
    for name in ("rings", "plans", "partners"):
        agreed[name] = tuple(agreed[name])
    created_at = moment(given.pop("created_at"))
    assert created_at is not None  # NOT NULL
    # A revision of a release before has none.
    agreed["people"] = _PEOPLE.validate_python(agreed.get("people", {}))
    agreed["by_path"] = tuple(agreed.get("by_path", ()))
    agreed["authorization"] = _TERMS.validate_python(agreed.get("authorization"))
    return Revision(**given, created_at=created_at, agreed=Agreed(**agreed))
