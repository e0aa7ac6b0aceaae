"""When keys were used last, and how to find those that end soon among a million."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from ringwork.control.store.kinds import whole, word

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "key_uses",
        Column("id", word(12), primary_key=True),
        Column("used_at", whole(), nullable=False),
    )
    op.create_index("ix_credentials_expires_at", "credentials", ["expires_at"])
