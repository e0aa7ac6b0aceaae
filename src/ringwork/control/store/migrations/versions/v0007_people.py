"""People who operate, their sessions, invitations, and tokens of machines."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary, UniqueConstraint

from ringwork.control.store.kinds import text, whole, word

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "people",
        Column("id", word(16), primary_key=True),
        Column("issuer", text(), nullable=False),
        Column("subject", text(), nullable=False),
        Column("name", text(), nullable=False),
        Column("groups", text(), nullable=False),
        Column("password", text()),
        Column("created_at", whole(), nullable=False),
        Column("ended_at", whole()),
        UniqueConstraint("issuer", "subject"),
    )
    op.create_table(
        "sessions",
        Column("id", word(16), primary_key=True),
        Column("sha256", word(64), nullable=False, unique=True),
        Column("person", word(16), nullable=False, index=True),
        Column("device", text(), nullable=False),
        Column("claims", text(), nullable=False),
        Column("sid", text()),
        Column("created_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("used_at", whole(), nullable=False),
        Column("checked_at", whole(), nullable=False),
        Column("refresh", LargeBinary),
        Column("ended_at", whole()),
        Column("ended_because", text()),
    )
    op.create_table(
        "invitations",
        Column("id", word(16), primary_key=True),
        Column("sha256", word(64), nullable=False, unique=True),
        Column("name", text(), nullable=False),
        Column("groups", text(), nullable=False),
        Column("created_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("ended_at", whole()),
    )
    op.create_table(
        "machine_tokens",
        Column("id", word(16), primary_key=True),
        Column("sha256", word(64), nullable=False, unique=True),
        Column("name", word(63), nullable=False),
        Column("groups", text(), nullable=False),
        Column("created_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("used_at", whole()),
        Column("revoked_at", whole()),
    )
