"""Keys, identities and revisions, with an outbox to the node."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from ringwork.control.store.kinds import text, whole, word

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "credentials",
        Column("id", word(12), primary_key=True),
        Column("sha256", word(64), nullable=False, unique=True),
        Column("environment", text(), nullable=False),
        Column("ring", word(16), nullable=False),
        Column("consumer", text(), nullable=False),
        Column("application", text(), nullable=False),
        Column("plan", text()),
        Column("partner", text()),
        Column("restrictions", text(), nullable=False),
        Column("created_at", whole(), nullable=False),
        Column("not_before", whole()),
        Column("expires_at", whole()),
        Column("revoked_at", whole()),
    )
    op.create_table(
        "identities",
        Column("handle", word(64), primary_key=True),
        Column("kind", word(16), nullable=False),
        Column("spiffe_id", text(), nullable=False),
        Column("issued_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("revoked_at", whole()),
    )
    op.create_table(
        "identity_changes",
        Column("seq", whole(), primary_key=True, autoincrement=False),
        Column("change", text(), nullable=False),
    )
    op.create_table(
        "revisions",
        Column("number", whole(), primary_key=True, autoincrement=False),
        Column("created_at", whole(), nullable=False),
        Column("content", word(64), nullable=False),
        Column("manifest", word(64), nullable=False),
        Column("note", text(), nullable=False),
        Column("agreed", text(), nullable=False),
    )
