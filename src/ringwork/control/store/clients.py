"""OAuth clients: a credential, as gateways know it, and beside it how the client proves itself here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from ringwork.control.changes import key_told
from ringwork.control.consumers.model import Application
from ringwork.control.demands import Demand, Foretold
from ringwork.control.model import CLIENT
from ringwork.control.oauth.certificates import Certificate
from ringwork.control.oauth.model import Client
from ringwork.control.store.applications import application_found
from ringwork.control.store.change_log import log_change
from ringwork.control.store.credential_rows import WITH_STANDING, credential_of, credential_row, standing_of
from ringwork.control.store.database import Database, moment, unix
from ringwork.control.store.ledger import recorded
from ringwork.control.store.tables import client_assertions, clients, credentials

_OWN = (
    "authentication",
    "secret_sha256",
    "previous_sha256",
    "previous_until",
    "jwks",
    "redirect_uris",
    "certificate",
    "previous_certificate",
    "certificate_bound",
)
_CERTIFICATE = TypeAdapter(Certificate)
_WHOLE = WITH_STANDING.join(clients, clients.c.id == credentials.c.id).add_columns(
    *(clients.c[name].label(f"client_{name}") for name in _OWN)
)


class SqlClients:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, client: Client, demand: Demand[Application], foretold: Foretold[Client]) -> Client:
        at, subject = client.credential.created_at, f"client:{client.id}"
        with recorded(self._database, at, "client.create", subject, _row(client.id)) as connection:
            application = application_found(connection, client.credential.application_id)
            assert application is not None  # applications are never removed
            demand(application)
            added = replace(client, credential=standing_of(application, client.credential))
            connection.execute(insert(credentials).values(credential_row(added.credential)))
            connection.execute(insert(clients).values({"id": client.id} | _own_row(added)))
            log_change(connection, key_told(added.credential))
            foretold(added)
            return added

    def find(self, client_id: str) -> Client | None:
        with self._database.reading() as connection:
            return _found(connection, client_id)

    def all(self, *, limit: int, after: str = "") -> list[Client]:
        page = _WHOLE.where(credentials.c.id > after).order_by(credentials.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_client_of(row) for row in connection.execute(page)]

    def count(self, application_id: str) -> int:
        its = (credentials.c.application_id == application_id) & (credentials.c.kind == CLIENT)
        standing = its & credentials.c.revoked_at.is_(None)
        with self._database.reading() as connection:
            counted = select(func.count()).select_from(credentials).where(standing)
            return int(connection.execute(counted).scalar_one())

    def change(
        self, verb: str, client_id: str, at: datetime, turn: Callable[[Client], Client]
    ) -> Client | None:
        subject = f"client:{client_id}"
        with recorded(self._database, at, f"client.{verb}", subject, _row(client_id)) as connection:
            found = _found(connection, client_id)
            if found is None:
                return None
            turned = turn(found)
            connection.execute(update(clients).where(clients.c.id == client_id).values(_own_row(turned)))
            if turned.credential != found.credential:
                row = credential_row(turned.credential)
                connection.execute(update(credentials).where(credentials.c.id == client_id).values(row))
                log_change(connection, key_told(turned.credential))
            return turned


class SqlAssertions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def use(self, sha256: str, expires_at: datetime) -> bool:
        same = select(client_assertions.c.sha256).where(client_assertions.c.sha256 == sha256)
        with self._database.writing() as connection:
            if connection.execute(same).first() is not None:
                return False
            row = {"sha256": sha256, "expires_at": unix(expires_at)}
            connection.execute(insert(client_assertions).values(row))
            return True

    def forget(self, before: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(client_assertions).where(client_assertions.c.expires_at < unix(before)))


def _row(client_id: str) -> Select[Any]:
    """What is of record; hashes are digested like all else."""
    both = clients.join(credentials, credentials.c.id == clients.c.id)
    return (
        select(credentials, *(clients.c[name] for name in _OWN))
        .select_from(both)
        .where(clients.c.id == client_id)
    )


def _found(connection: Connection, client_id: str) -> Client | None:
    row = connection.execute(_WHOLE.where(credentials.c.id == client_id)).first()
    return None if row is None else _client_of(row)


def _client_of(row: Row[Any]) -> Client:
    given = dict(row._mapping)
    own = {name: given.pop(f"client_{name}") for name in _OWN}
    own |= {
        "previous_until": moment(own["previous_until"]),
        "jwks": None if own["jwks"] is None else json.loads(own["jwks"]),
        "redirect_uris": tuple(json.loads(own["redirect_uris"])),
        "certificate": _certificate_of(own["certificate"]),
        "previous_certificate": _certificate_of(own["previous_certificate"]),
    }
    return Client(credential_of(given), **own)


def _own_row(client: Client) -> dict[str, Any]:
    return {
        "authentication": client.authentication,
        "secret_sha256": client.secret_sha256,
        "previous_sha256": client.previous_sha256,
        "previous_until": unix(client.previous_until),
        "jwks": None if client.jwks is None else json.dumps(client.jwks, sort_keys=True),
        "redirect_uris": json.dumps(client.redirect_uris),
        "certificate": _certificate_row(client.certificate),
        "previous_certificate": _certificate_row(client.previous_certificate),
        "certificate_bound": client.certificate_bound,
    }


def _certificate_of(text: str | None) -> Certificate | None:
    return None if text is None else _CERTIFICATE.validate_json(text)


def _certificate_row(certificate: Certificate | None) -> str | None:
    return None if certificate is None else _CERTIFICATE.dump_json(certificate).decode()
