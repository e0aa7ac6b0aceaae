"""Certificates that clients prove themselves by, and what is bound to one."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, false

from ringwork.control.store.kinds import text, word

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("clients", Column("certificate", text()))
    op.add_column("clients", Column("previous_certificate", text()))
    op.add_column("clients", Column("certificate_bound", Boolean, nullable=False, server_default=false()))
    op.add_column("user_grants", Column("x5t", word(43)))
