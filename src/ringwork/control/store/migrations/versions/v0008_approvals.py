"""Requests that others decide, grants, and what somebody elsewhere is told of them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column

from ringwork.control.store.kinds import text, whole, word

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "approvals",
        Column("id", word(16), primary_key=True),
        Column("kind", word(16), nullable=False),
        Column("asked", text(), nullable=False),
        Column("by", word(16), nullable=False, index=True),
        Column("name", text(), nullable=False),
        Column("reason", text(), nullable=False),
        Column("asked_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("decisions", text(), nullable=False),
        Column("outcome", word(16)),
        Column("ended_at", whole()),
    )
    op.create_table(
        "grants",
        Column("id", word(16), primary_key=True),
        Column("person", word(16), nullable=False, index=True),
        Column("name", text(), nullable=False),
        Column("group", word(63), nullable=False),
        Column("reason", text(), nullable=False),
        Column("since", whole(), nullable=False),
        Column("until", whole(), nullable=False),
        Column("broke_glass", Boolean, nullable=False),
        Column("used_at", whole()),
        Column("ended_at", whole()),
        Column("ended_because", text()),
    )
    op.create_table(
        "notices",
        Column("id", word(64), primary_key=True),
        Column("seq", whole(), nullable=False),
        Column("kind", word(32), nullable=False),
        Column("made_at", whole(), nullable=False),
        Column("body", text(), nullable=False),
        Column("tries", whole(), nullable=False),
        Column("due_at", whole(), nullable=False, index=True),
    )
