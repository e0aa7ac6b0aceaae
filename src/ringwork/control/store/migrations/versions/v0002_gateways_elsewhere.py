"""Gateways elsewhere; every entry of the change log says whom it is about, and which ring needs it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from alembic import op
from sqlalchemy import Boolean, Column, Connection, column, false, insert, select, table, update

from ringwork.control.store.kinds import text, whole, word

revision = "0002"
down_revision = "0001"

_credentials = table("credentials", column("id"), column("ring"))
_changes = table(
    "identity_changes",
    column("seq"),
    column("change"),
    column("subject"),
    column("ring"),
    column("removes", Boolean),
)


def upgrade() -> None:
    op.add_column("identity_changes", Column("subject", text(), nullable=False, server_default=""))
    op.add_column("identity_changes", Column("ring", word(16), nullable=False, server_default=""))
    op.add_column("identity_changes", Column("removes", Boolean, nullable=False, server_default=false()))
    op.create_index("ix_identity_changes_subject", "identity_changes", ["subject"])
    _describe_changes(op.get_bind())
    log = op.create_table(
        "identity_log",
        Column("epoch", word(32), nullable=False),
        Column("floor", whole(), nullable=False),
    )
    op.get_bind().execute(insert(log).values(epoch=secrets.token_hex(16), floor=0))
    op.create_table(
        "enrolments",
        Column("sha256", word(64), primary_key=True),
        Column("node", word(64), nullable=False),
        Column("rings", text(), nullable=False),
        Column("listeners", text(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("used_at", whole()),
    )
    op.create_table(
        "nodes",
        Column("name", word(64), primary_key=True),
        Column("rings", text(), nullable=False),
        Column("listeners", text(), nullable=False),
        Column("serials", text(), nullable=False),
        Column("enrolled_at", whole(), nullable=False),
        Column("revoked_at", whole()),
        Column("last_contact", whole()),
        Column("said", text()),
    )


def _describe_changes(connection: Connection) -> None:
    rings = {row.id: row.ring for row in connection.execute(select(_credentials))}
    told = connection.execute(select(_changes.c.seq, _changes.c.change)).all()
    for seq, change in told:
        described = _described(json.loads(change), rings)
        connection.execute(update(_changes).where(_changes.c.seq == seq).values(described))


def _described(change: dict[str, Any], rings: dict[str, str]) -> dict[str, Any]:
    verb, _, kind = change["change"].partition("_")
    handle = change.get("id") or change.get("serial") or change.get("jti")
    ring = rings.get(str(handle), "internal") if kind == "key" else "internal"
    return {"subject": f"{kind}:{handle}", "ring": ring, "removes": verb in ("delete", "forget")}
