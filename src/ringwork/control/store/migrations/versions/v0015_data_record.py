"""The data record: which entries of the ledger tell of which record, and how far gateways' journals were read."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from ringwork.control.store.kinds import text, whole, word

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "record_writes",
        Column("subject", text(), primary_key=True),
        Column("entry", whole(), primary_key=True, autoincrement=False),
    )
    op.create_table(
        "record_journals",
        Column("gateway", word(64), primary_key=True),
        Column("run", word(64), primary_key=True),
        Column("position", whole(), nullable=False),
    )
