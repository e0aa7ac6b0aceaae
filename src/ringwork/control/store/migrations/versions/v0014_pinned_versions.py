"""Versions that applications are pinned to."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from ringwork.control.store.kinds import text

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("applications", Column("pins", text(), nullable=False, server_default="{}"))
