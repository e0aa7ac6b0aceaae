"""Invitations of people who will have an account here."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from ringwork.control.demands import Demand
from ringwork.control.people.model import Invitation
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import invitations


class SqlInvitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, invitation: Invitation) -> None:
        at = invitation.created_at
        row = {
            "id": invitation.id,
            "sha256": invitation.sha256,
            "name": invitation.name,
            "groups": json.dumps(invitation.groups),
            "created_at": unix(at),
            "expires_at": unix(invitation.expires_at),
        }
        same = update(invitations).where(invitations.c.name == invitation.name)
        void = same.where(invitations.c.ended_at.is_(None)).values(ended_at=unix(at))
        subject, added = f"invitation:{invitation.id}", _of(invitation.id)
        with recorded(self._database, at, "person.invite", subject, added) as connection:
            connection.execute(void)
            connection.execute(insert(invitations).values(row))

    def found(self, sha256: str) -> Invitation | None:
        return self._first(select(invitations).where(invitations.c.sha256 == sha256))

    def find(self, invitation_id: str) -> Invitation | None:
        return self._first(_of(invitation_id))

    def open(self, at: datetime, *, limit: int, after: str = "") -> list[Invitation]:
        usable = select(invitations).where(
            invitations.c.ended_at.is_(None), invitations.c.expires_at > unix(at), invitations.c.id > after
        )
        with self._database.reading() as connection:
            rows = connection.execute(usable.order_by(invitations.c.id).limit(limit))
            return [_from_row(row) for row in rows]

    def end(self, invitation_id: str, at: datetime, demand: Demand[Invitation]) -> Invitation | None:
        subject, row = f"invitation:{invitation_id}", _of(invitation_id)
        with recorded(self._database, at, "person.uninvite", subject, row) as connection:
            found = connection.execute(row).first()
            if found is None:
                return None
            invitation = _from_row(found)
            demand(invitation)
            if not use_up(connection, invitation_id, at):
                return invitation
            return replace(invitation, ended_at=at)

    def forget(self, before: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(invitations).where(invitations.c.expires_at < unix(before)))

    def _first(self, wanted: Select[Any]) -> Invitation | None:
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _from_row(row)


def use_up(connection: Connection, invitation_id: str, at: datetime) -> bool:
    """Once, whoever comes first."""
    unused = update(invitations).where(invitations.c.id == invitation_id, invitations.c.ended_at.is_(None))
    return connection.execute(unused.values(ended_at=unix(at))).rowcount == 1


def _of(invitation_id: str) -> Select[Any]:
    return select(invitations).where(invitations.c.id == invitation_id)


def _from_row(row: Row[Any]) -> Invitation:
    given = dict(row._mapping)
    for name in ("created_at", "expires_at", "ended_at"):
        given[name] = moment(given[name])
    return Invitation(**given | {"groups": tuple(json.loads(given["groups"]))})
