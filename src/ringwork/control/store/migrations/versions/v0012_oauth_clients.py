"""OAuth clients, which are credentials beside keys; the keys their tokens are signed with; what of them is revoked."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary

from ringwork.control.store.kinds import text, whole, word

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("credentials", Column("kind", word(16), nullable=False, server_default="key"))
    op.create_table(
        "clients",
        Column("id", word(12), primary_key=True),
        Column("authentication", word(32), nullable=False),
        Column("secret_sha256", word(64)),
        Column("previous_sha256", word(64)),
        Column("previous_until", whole()),
        Column("jwks", text()),
    )
    op.create_table(
        "token_keys",
        Column("kid", word(64), primary_key=True),
        Column("public", text(), nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("made_at", whole(), nullable=False),
        Column("signs_at", whole(), nullable=False),
        Column("ends_at", whole()),
    )
    op.create_table(
        "token_revocations",
        Column("jti", word(64), primary_key=True),
        Column("ring", word(16), nullable=False),
        Column("expires_at", whole(), nullable=False, index=True),
    )
    op.create_table(
        "client_assertions",
        Column("sha256", word(64), primary_key=True),
        Column("expires_at", whole(), nullable=False, index=True),
    )
