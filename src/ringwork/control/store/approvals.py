"""Requests, and the grants that come of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from ringwork.control.approvals.model import Approval, Decision, Grant
from ringwork.control.approvals.ports import Judged
from ringwork.control.changes import Entry, grant_deleted, grant_put
from ringwork.control.demands import Demand, Foretold
from ringwork.control.notices.model import Notice
from ringwork.control.people.model import HERE, Person
from ringwork.control.store.change_log import log_change
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.notices import announce
from ringwork.control.store.people import person_of
from ringwork.control.store.tables import approvals, grants, people

# That it was used is no deed.
_AGREED = [column for column in grants.c if column.name != "used_at"]
_GRANT_TIMES = ("since", "until", "used_at", "ended_at")


class SqlApprovals:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, approval: Approval, notice: Notice | None) -> None:
        at, row = approval.asked_at, _with_grant(approval.id)
        with recorded(self._database, at, "approval.ask", f"approval:{approval.id}", row) as connection:
            connection.execute(insert(approvals).values(_approval_row(approval)))
            announce(connection, notice)

    def find(self, approval_id: str) -> Approval | None:
        with self._database.reading() as connection:
            row = connection.execute(_approval(approval_id)).first()
        return None if row is None else _approval_of(row)

    def all(self, *, limit: int, after: str = "") -> list[Approval]:
        page = select(approvals).where(approvals.c.id > after).order_by(approvals.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_approval_of(row) for row in connection.execute(page)]

    def of_kind(self, kind: str) -> list[Approval]:
        stands = approvals.c.outcome.is_(None) | (approvals.c.outcome == "approved")
        found = select(approvals).where(approvals.c.kind == kind, stands).order_by(approvals.c.id)
        with self._database.reading() as connection:
            return [_approval_of(row) for row in connection.execute(found)]

    def open_of(self, person: str, at: datetime) -> int:
        counted = select(func.count()).select_from(approvals)
        is_open = approvals.c.outcome.is_(None) & (approvals.c.expires_at > unix(at))
        with self._database.reading() as connection:
            return int(connection.execute(counted.where(approvals.c.by == person, is_open)).scalar_one())

    def settle(
        self, approval_id: str, at: datetime, action: str, judged: Judged, foretold: Foretold[Approval]
    ) -> Approval | None:
        subject, row = f"approval:{approval_id}", _with_grant(approval_id)
        with recorded(self._database, at, action, subject, row) as connection:
            found = connection.execute(_approval(approval_id)).first()
            if found is None:
                return None
            approval = _approval_of(found)
            settled = judged(approval, _held(connection, approval.by, at))
            if settled.approval != approval:
                changed = update(approvals).where(approvals.c.id == approval_id)
                connection.execute(changed.values(_approval_row(settled.approval)))
                foretold(settled.approval)
            if settled.grant is not None:
                _add(connection, settled.grant)
            announce(connection, settled.notice)
            return settled.approval

    def forget(self, before: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(approvals).where(approvals.c.expires_at < unix(before)))


class SqlGrants:
    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, grant: Grant, demand: Demand[Sequence[Grant]], notice: Notice | None) -> None:
        subject, row = f"grant:{grant.id}", _agreed(grant.id)
        with recorded(self._database, grant.since, "grant.break-glass", subject, row) as connection:
            demand(_held(connection, grant.person, grant.since))
            _add(connection, grant)
            announce(connection, notice)

    def find(self, grant_id: str) -> Grant | None:
        with self._database.reading() as connection:
            row = connection.execute(_grant(grant_id)).first()
        return None if row is None else _grant_of(row)

    def all(self, *, limit: int, after: str = "") -> list[Grant]:
        page = select(grants).where(grants.c.id > after).order_by(grants.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_grant_of(row) for row in connection.execute(page)]

    def held(self, person: str, at: datetime) -> list[Grant]:
        with self._database.reading() as connection:
            return _held(connection, person, at)

    def used(self, grant_id: str, at: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(update(grants).where(grants.c.id == grant_id).values(used_at=unix(at)))

    def end(
        self,
        grant_id: str,
        at: datetime,
        because: str,
        demand: Demand[Grant],
        told: Callable[[Grant], Notice | None],
    ) -> Grant | None:
        subject, row = f"grant:{grant_id}", _agreed(grant_id)
        with recorded(self._database, at, "grant.end", subject, row) as connection:
            found = connection.execute(_grant(grant_id)).first()
            if found is None:
                return None
            grant = _grant_of(found)
            demand(grant)
            if not grant.holds(at):
                return grant
            one = update(grants).where(grants.c.id == grant_id)
            connection.execute(one.values(ended_at=unix(at), ended_because=because))
            ended = replace(grant, ended_at=at, ended_because=because)
            _tell(connection, grant, grant_deleted)
            announce(connection, told(ended))
            return ended

    def forget(self, before: datetime) -> None:
        old = grants.c.until < unix(before)
        with self._database.writing() as connection:
            for row in connection.execute(select(grants).where(old, grants.c.ended_at.is_(None))).all():
                _tell(connection, _grant_of(row), grant_deleted)
            connection.execute(delete(grants).where(old))


def _add(connection: Connection, grant: Grant) -> None:
    connection.execute(insert(grants).values(_grant_row(grant)))
    _tell(connection, grant, grant_put)


def _tell(connection: Connection, grant: Grant, entry: Callable[[Grant, Person], Entry]) -> None:
    """Gateways of the internal ring; not of accounts that are here, which no token names there."""
    row = connection.execute(select(people).where(people.c.id == grant.person)).first()
    person = None if row is None else person_of(row)
    if person is not None and person.issuer != HERE:
        log_change(connection, entry(grant, person))


def _held(connection: Connection, person: str, at: datetime) -> list[Grant]:
    held = select(grants).where(
        grants.c.person == person, grants.c.ended_at.is_(None), grants.c.until > unix(at)
    )
    return [_grant_of(row) for row in connection.execute(held.order_by(grants.c.since, grants.c.id))]


def _approval(approval_id: str) -> Select[Any]:
    return select(approvals).where(approvals.c.id == approval_id)


def _grant(grant_id: str) -> Select[Any]:
    return select(grants).where(grants.c.id == grant_id)


def _agreed(grant_id: str) -> Select[Any]:
    return select(*_AGREED).where(grants.c.id == grant_id)


def _with_grant(approval_id: str) -> Select[Any]:
    """A request and what came of it: one deed."""
    granted = [column.label(f"grant_{column.name}") for column in _AGREED]
    both = select(*approvals.c, *granted).outerjoin(grants, grants.c.id == approvals.c.id)
    return both.where(approvals.c.id == approval_id)


def _approval_row(approval: Approval) -> dict[str, Any]:
    decisions = [asdict(each) | {"at": unix(each.at)} for each in approval.decisions]
    return {
        "id": approval.id,
        "kind": approval.kind,
        "asked": json.dumps(approval.asked),
        "by": approval.by,
        "name": approval.name,
        "reason": approval.reason,
        "asked_at": unix(approval.asked_at),
        "expires_at": unix(approval.expires_at),
        "decisions": json.dumps(decisions),
        "outcome": approval.outcome,
        "ended_at": unix(approval.ended_at),
    }


def _approval_of(row: Row[Any]) -> Approval:
    given = dict(row._mapping)
    for name in ("asked_at", "expires_at", "ended_at"):
        given[name] = moment(given[name])
    decisions = tuple(
        Decision(**each | {"at": moment(each["at"])}) for each in json.loads(given["decisions"])
    )
    return Approval(**given | {"asked": json.loads(given["asked"]), "decisions": decisions})


def _grant_row(grant: Grant) -> dict[str, Any]:
    return asdict(grant) | {name: unix(getattr(grant, name)) for name in _GRANT_TIMES}


def _grant_of(row: Row[Any]) -> Grant:
    given = dict(row._mapping)
    return Grant(**given | {name: moment(given[name]) for name in _GRANT_TIMES})
