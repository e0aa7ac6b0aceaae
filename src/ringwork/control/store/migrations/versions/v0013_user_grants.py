"""Where clients' users come back to, and what users allowed clients."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, LargeBinary

from ringwork.control.store.kinds import text, whole, word

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("clients", Column("redirect_uris", text(), nullable=False, server_default="[]"))
    op.create_table(
        "user_grants",
        Column("id", word(16), primary_key=True),
        Column("client_id", word(12), nullable=False),
        Column("application_id", word(16), nullable=False),
        Column("user", word(16), nullable=False, index=True),
        Column("ring", word(16), nullable=False),
        Column("scopes", text(), nullable=False),
        Column("resources", text(), nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("salt", word(32), nullable=False),
        Column("code_sha256", word(64), nullable=False, unique=True),
        Column("code_until", whole(), nullable=False),
        Column("challenge", word(43), nullable=False),
        Column("redirect_uri", text(), nullable=False),
        Column("redirect_stated", Boolean, nullable=False),
        Column("created_at", whole(), nullable=False),
        Column("expires_at", whole(), nullable=False),
        Column("used_at", whole(), nullable=False),
        Column("generation", whole(), nullable=False),
        Column("rotated_at", whole()),
        Column("tokens_until", whole()),
        Column("jkt", word(43)),
        Column("ended_at", whole()),
        Column("ended_because", text()),
    )
