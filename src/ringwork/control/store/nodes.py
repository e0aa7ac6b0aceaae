"""Gateways elsewhere: invitations and the nodes that used them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, delete, insert, select, update

from ringwork.control.ledger.deeds import Actor
from ringwork.control.node_records import Enrolment, Place, RemoteNode
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import enrolments, nodes


class SqlNodes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(self, enrolment: Enrolment, at: datetime) -> None:
        void = delete(enrolments).where(enrolments.c.node == enrolment.place.name)
        row = {
            "sha256": enrolment.sha256,
            "node": enrolment.place.name,
            **_what_for(enrolment.place),
            "expires_at": unix(enrolment.expires_at),
        }
        invited = select(enrolments).where(enrolments.c.sha256 == enrolment.sha256)
        subject = f"gateway:{enrolment.place.name}"
        with recorded(self._database, at, "gateway.invite", subject, invited) as connection:
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
        with self._changing("gateway.enrol", node.place.name, node.enrolled_at, its_own=True) as connection:
            used = connection.execute(unused.values(used_at=unix(node.enrolled_at))).rowcount == 1
            if used:
                connection.execute(delete(nodes).where(nodes.c.name == node.place.name))
                connection.execute(insert(nodes).values(row))
        return used

    def certify(self, name: str, serials: tuple[str, ...], at: datetime) -> None:
        with self._changing("gateway.certify", name, at, its_own=True) as connection:
            connection.execute(_of(name).values(serials=json.dumps(serials)))

    def revoke(self, name: str, moment: datetime) -> None:
        with self._changing("gateway.revoke", name, moment) as connection:
            connection.execute(_of(name).values(revoked_at=unix(moment)))

    def hear(self, name: str, moment: datetime, said: Mapping[str, Any]) -> None:
        """What a gateway says of itself is no deed."""
        with self._database.writing() as connection:
            heard = _of(name).values(last_contact=unix(moment), said=json.dumps(said, sort_keys=True))
            connection.execute(heard)

    def find(self, name: str) -> RemoteNode | None:
        with self._database.reading() as connection:
            row = connection.execute(select(nodes).where(nodes.c.name == name)).first()
        return None if row is None else _node(row)

    def all(self) -> list[RemoteNode]:
        with self._database.reading() as connection:
            return [_node(row) for row in connection.execute(select(nodes).order_by(nodes.c.name))]

    def _changing(
        self, action: str, name: str, at: datetime, *, its_own: bool = False
    ) -> AbstractContextManager[Connection]:
        """`its_own`: it is the gateway that asked."""
        agreed = select(nodes.c.name, nodes.c.rings, nodes.c.listeners, nodes.c.serials, nodes.c.enrolled_at)
        row = agreed.add_columns(nodes.c.revoked_at).where(nodes.c.name == name)
        actor = Actor(f"gateway:{name}", "node API") if its_own else None
        return recorded(self._database, at, action, f"gateway:{name}", row, actor)


def _of(name: str) -> Update:
    return update(nodes).where(nodes.c.name == name)


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
