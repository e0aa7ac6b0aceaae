"""Secrets on their way to whom they are for, each behind a link that opens once."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary

from ringwork.control.store.kinds import text, whole, word

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "handovers",
        Column("id", word(16), primary_key=True),
        Column("sha256", word(64), nullable=False, unique=True),
        Column("account", word(16), nullable=False),
        Column("names", text(), nullable=False),
        Column("sealed", LargeBinary),
        Column("created_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("opened_at", whole()),
        Column("ended_at", whole()),
    )
