"""From the schema of an earlier release to this one, in one transaction."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlalchemy import Connection, insert

from ringwork.control.store.tables import SCHEMA_VERSION, identity_log, metadata


def migrate(connection: Connection) -> None:
    """Brings the database to `SCHEMA_VERSION`, within the caller's transaction; an empty one is of schema 0."""
    # Asked again: another process may have done it while this one waited for the lock.
    found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if found == 1:
        _name_subjects(connection)
    metadata.create_all(connection)
    if found < 2:
        begun = {"epoch": secrets.token_hex(16), "floor": 0}
        connection.execute(insert(identity_log).values(begun))
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _name_subjects(connection: Connection) -> None:
    """Schema 2: every entry of the change log says whom it is about, and which ring needs it."""
    for column in ("subject TEXT NOT NULL DEFAULT ''", "ring VARCHAR(16) NOT NULL DEFAULT ''"):
        connection.exec_driver_sql(f"ALTER TABLE identity_changes ADD COLUMN {column}")
    connection.exec_driver_sql("ALTER TABLE identity_changes ADD COLUMN removes BOOLEAN NOT NULL DEFAULT 0")
    connection.exec_driver_sql("CREATE INDEX ix_identity_changes_subject ON identity_changes (subject)")
    known = connection.exec_driver_sql("SELECT id, ring FROM credentials")
    rings = {str(row.id): str(row.ring) for row in known}
    for seq, text in connection.exec_driver_sql("SELECT seq, change FROM identity_changes").all():
        told = "UPDATE identity_changes SET subject = ?, ring = ?, removes = ? WHERE seq = ?"
        connection.exec_driver_sql(told, (*_described(json.loads(text), rings), seq))


def _described(change: dict[str, Any], rings: dict[str, str]) -> tuple[str, str, bool]:
    verb, _, kind = change["change"].partition("_")
    handle = change.get("id") or change.get("serial") or change.get("jti")
    ring = rings.get(str(handle), "internal") if kind == "key" else "internal"
    return f"{kind}:{handle}", ring, verb in ("delete", "forget")
