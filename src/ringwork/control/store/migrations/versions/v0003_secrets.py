"""Sealed secrets."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary

from ringwork.control.store.kinds import text, whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "secrets",
        Column("name", text(), primary_key=True),
        Column("sealed", LargeBinary, nullable=False),
        Column("changed_at", whole(), nullable=False),
    )
