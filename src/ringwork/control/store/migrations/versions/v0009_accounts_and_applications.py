"""Accounts and applications, made of what keys name, one to one, and of the partners of the newest revision.

All of it is said to the database, which has a million keys perhaps: nothing of them is read.
"""

from __future__ import annotations

import json
import secrets

from alembic import op
from sqlalchemy import Column, UniqueConstraint, column, insert, table

from ringwork.control.store.kinds import text, whole, word

revision = "0009"
down_revision = "0008"

_KIND = "CASE WHEN partner IS NULL THEN 'developer' ELSE 'partner' END"
# 16 hexadecimal characters of chance, for each row.
_IDS = {
    "sqlite": "lower(hex(randomblob(8)))",
    "postgresql": "substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 17)",
}


def upgrade() -> None:
    _make_tables()
    op.add_column("credentials", Column("application_id", word(16), nullable=False, server_default=""))
    some_id = _IDS[op.get_bind().dialect.name]
    op.execute(
        f"INSERT INTO accounts (id, kind, name, created_at) SELECT {some_id}, kind, consumer, created_at FROM"
        f" (SELECT {_KIND} AS kind, consumer, min(created_at) AS created_at FROM credentials"
        f" GROUP BY {_KIND}, consumer) AS holders"
    )
    _add_partners()
    op.execute(
        f"INSERT INTO applications (id, account, name, created_at)"
        f" SELECT {some_id}, account, application, created_at FROM"
        f" (SELECT accounts.id AS account, application, min(credentials.created_at) AS created_at"
        f" FROM credentials JOIN accounts ON accounts.kind = {_KIND} AND accounts.name = consumer"
        f" GROUP BY accounts.id, application) AS uses"
    )
    op.execute(
        f"UPDATE credentials SET application_id = (SELECT applications.id FROM accounts JOIN applications"
        f" ON applications.account = accounts.id AND applications.name = credentials.application"
        f" WHERE accounts.kind = {_KIND} AND accounts.name = credentials.consumer)"
    )
    op.create_index("ix_credentials_application_id", "credentials", ["application_id"])
    # Keys keep the plans they have; the next one gets that of the newest that works.
    op.execute(
        "UPDATE applications SET plan = (SELECT credentials.plan FROM credentials"
        " WHERE credentials.application_id = applications.id"
        " ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT 1)"
    )


def _make_tables() -> None:
    op.create_table(
        "accounts",
        Column("id", word(16), primary_key=True),
        Column("kind", word(16), nullable=False),
        Column("name", text(), nullable=False),
        Column("contact", text()),
        Column("created_at", whole(), nullable=False),
        Column("suspended_at", whole()),
        Column("suspended_because", text()),
        UniqueConstraint("kind", "name"),
    )
    op.create_table(
        "applications",
        Column("id", word(16), primary_key=True),
        Column("account", word(16), nullable=False),
        Column("name", text(), nullable=False),
        Column("purpose", text()),
        Column("plan", text()),
        Column("created_at", whole(), nullable=False),
        Column("suspended_at", whole()),
        Column("suspended_because", text()),
        UniqueConstraint("account", "name"),
    )


def _add_partners() -> None:
    """Those that have no key yet."""
    connection = op.get_bind()
    newest = "SELECT created_at, agreed FROM revisions ORDER BY number DESC LIMIT 1"
    found = connection.exec_driver_sql(newest).first()
    if found is None:
        return
    known = connection.exec_driver_sql("SELECT name FROM accounts WHERE kind = 'partner'").scalars().all()
    accounts = table("accounts", *map(column, ("id", "kind", "name", "created_at")))
    for name in sorted({*json.loads(found.agreed)["partners"]} - {*known}):
        row = {"id": secrets.token_hex(8), "kind": "partner", "name": name, "created_at": found.created_at}
        connection.execute(insert(accounts).values(row))
