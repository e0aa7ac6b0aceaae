"""Gateways elsewhere: invitations and the nodes that used them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from ringwork.control.node_records import Enrolment, Place, RemoteNode
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.tables import enrolments, nodes


class SqlNodes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(self, enrolment: Enrolment) -> None:
        void = delete(enrolments).where(enrolments.c.node == enrolment.place.name)
        row = {
            "sha256": enrolment.sha256,
            "node": enrolment.place.name,
            **_what_for(enrolment.place),
            "expires_at": unix(enrolment.expires_at),
        }
        with self._database.writing() as connection:
            connection.execute(void)
            connection.execute(insert(enrolments).values(row))

    def invitation(self, sha256: str) -> Enrolment | None:
        with self._database.reading() as connection:
            row = connection.execute(select(enrolments).where(enrolments.c.sha256 == sha256)).first()
        if row is None:
            return None
        expires_at = moment(row.expires_at)
        assert expires_at is not None  # NOT NULL
        return Enrolment(row.sha256, _place(row.node, row), expires_at, moment(row.used_at))

    def admit(self, sha256: str, node: RemoteNode) -> bool:
        unused = update(enrolments).where(enrolments.c.sha256 == sha256, enrolments.c.used_at.is_(None))
        row = {
            "name": node.place.name,
            **_what_for(node.place),
            "serials": json.dumps(node.serials),
            "enrolled_at": unix(node.enrolled_at),
        }
        with self._database.writing() as connection:
            used = connection.execute(unused.values(used_at=unix(node.enrolled_at))).rowcount == 1
            if used:
                connection.execute(delete(nodes).where(nodes.c.name == node.place.name))
                connection.execute(insert(nodes).values(row))
        return used

    def certify(self, name: str, serials: tuple[str, ...]) -> None:
        self._update(name, serials=json.dumps(serials))

    def revoke(self, name: str, moment: datetime) -> None:
        self._update(name, revoked_at=unix(moment))

    def hear(self, name: str, moment: datetime, said: Mapping[str, Any]) -> None:
        self._update(name, last_contact=unix(moment), said=json.dumps(said, sort_keys=True))

    def find(self, name: str) -> RemoteNode | None:
        with self._database.reading() as connection:
            row = connection.execute(select(nodes).where(nodes.c.name == name)).first()
        return None if row is None else _node(row)

    def all(self) -> list[RemoteNode]:
        with self._database.reading() as connection:
            return [_node(row) for row in connection.execute(select(nodes).order_by(nodes.c.name))]

    def _update(self, name: str, **values: Any) -> None:
        with self._database.writing() as connection:
            connection.execute(update(nodes).where(nodes.c.name == name).values(values))


def _what_for(place: Place) -> dict[str, str]:
    return {"rings": json.dumps(place.rings), "listeners": json.dumps(dict(place.listeners), sort_keys=True)}


def _place(name: str, row: Row[Any]) -> Place:
    listeners = {ring: tuple(addresses) for ring, addresses in json.loads(row.listeners).items()}
    return Place(name, tuple(json.loads(row.rings)), listeners)


def _node(row: Row[Any]) -> RemoteNode:
    enrolled_at = moment(row.enrolled_at)
    assert enrolled_at is not None  # NOT NULL
    return RemoteNode(
        place=_place(row.name, row),
        serials=tuple(json.loads(row.serials)),
        enrolled_at=enrolled_at,
        revoked_at=moment(row.revoked_at),
        last_contact=moment(row.last_contact),
        said=None if row.said is None else json.loads(row.said),
    )
