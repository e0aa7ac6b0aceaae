"""The ledger; it begins here, with nothing of what was before."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, insert

from ringwork.control.store.kinds import text, whole

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "ledger",
        Column("seq", whole(), primary_key=True, autoincrement=False),
        Column("entry", text(), nullable=False),
    )
    op.create_table(
        "ledger_checkpoints",
        Column("size", whole(), primary_key=True, autoincrement=False),
        Column("note", text(), nullable=False),
    )
    head = op.create_table("ledger_head", Column("size", whole(), nullable=False))
    op.get_bind().execute(insert(head).values(size=0))
