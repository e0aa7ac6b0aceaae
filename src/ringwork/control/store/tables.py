"""The tables. Times are Unix seconds; JSON is text. No column ever holds a secret."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

# Stored in SQLite's `user_version`; a later build migrates from it or refuses what it does not know.
SCHEMA_VERSION = 1

metadata = MetaData()

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("environment", Text, nullable=False),
    Column("ring", String(16), nullable=False),
    Column("consumer", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("plan", Text),
    Column("partner", Text),
    Column("restrictions", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("not_before", Integer),
    Column("expires_at", Integer),
    Column("revoked_at", Integer),
)

identities = Table(
    "identities",
    metadata,
    Column("handle", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("spiffe_id", Text, nullable=False),
    Column("issued_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("revoked_at", Integer),
)

# AUTOINCREMENT: a number is never used twice, not even after the newest row is gone.
identity_changes = Table(
    "identity_changes",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("change", Text, nullable=False),
    sqlite_autoincrement=True,
)

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created_at", Integer, nullable=False),
    Column("content", String(64), nullable=False),
    Column("manifest", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("agreed", Text, nullable=False),
)
