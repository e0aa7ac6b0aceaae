"""The tables. Times are Unix seconds; JSON is text. No column ever holds a secret in the clear."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

# Stored in SQLite's `user_version`; a later build migrates from it or refuses what it does not know.
SCHEMA_VERSION = 3

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
    Column("subject", Text, nullable=False, index=True),
    Column("ring", String(16), nullable=False),
    Column("removes", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

# One row. `epoch`: a copy of the log that was told another one starts over. `floor`: removals up to this number
# are forgotten, so a copy that ends below it starts over too.
identity_log = Table(
    "identity_log",
    metadata,
    Column("epoch", String(32), nullable=False),
    Column("floor", Integer, nullable=False),
)

# Invitations of gateways; only the hash of the secret is known.
enrolments = Table(
    "enrolments",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("node", String(64), nullable=False),
    Column("rings", Text, nullable=False),
    Column("listeners", Text, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("used_at", Integer),
)

# Gateways elsewhere. `serials`: the last two certificates issued. `said`: the node's last report, JSON.
nodes = Table(
    "nodes",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("rings", Text, nullable=False),
    Column("listeners", Text, nullable=False),
    Column("serials", Text, nullable=False),
    Column("enrolled_at", Integer, nullable=False),
    Column("revoked_at", Integer),
    Column("last_contact", Integer),
    Column("said", Text),
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

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Integer, nullable=False),
)
