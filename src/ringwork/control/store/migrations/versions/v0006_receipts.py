"""Receipts of requests that can be sent again."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary

from ringwork.control.store.kinds import text, whole, word

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "receipts",
        Column("name", word(64), primary_key=True),
        Column("fingerprint", word(64), nullable=False),
        Column("made_at", whole(), nullable=False, index=True),
        Column("subject", text()),
        Column("sealed", LargeBinary),
    )
