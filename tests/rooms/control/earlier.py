"""Stores as releases before wrote them, with data in: SQLite, numbered by `user_version`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

_FIRST = """
CREATE TABLE credentials (
    id VARCHAR(12) NOT NULL, sha256 VARCHAR(64) NOT NULL, environment TEXT NOT NULL, ring VARCHAR(16) NOT NULL,
    consumer TEXT NOT NULL, application TEXT NOT NULL, "plan" TEXT, partner TEXT, restrictions TEXT NOT NULL,
    created_at INTEGER NOT NULL, not_before INTEGER, expires_at INTEGER, revoked_at INTEGER,
    PRIMARY KEY (id), UNIQUE (sha256)
);
CREATE TABLE identities (
    handle VARCHAR(64) NOT NULL, kind VARCHAR(16) NOT NULL, spiffe_id TEXT NOT NULL, issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, revoked_at INTEGER, PRIMARY KEY (handle)
);
CREATE TABLE revisions (
    number INTEGER NOT NULL, created_at INTEGER NOT NULL, content VARCHAR(64) NOT NULL,
    manifest VARCHAR(64) NOT NULL, note TEXT NOT NULL, agreed TEXT NOT NULL, PRIMARY KEY (number)
);
INSERT INTO credentials VALUES
    ('a', 'aa', 'test', 'partner', 'globex', 'app', NULL, 'globex', '{}', 1767225600, NULL, NULL, NULL);
INSERT INTO identities VALUES ('0a', 'certificate', 'spiffe://acme.test/a', 1767225600, 1767312000, 1767225700);
INSERT INTO revisions VALUES (7, 1767225600, 'cc', 'mm', 'note',
    '{"organization": "Acme", "environment": "test", "trust_domain": "acme.test", "rings": ["public"],
      "plans": [], "partners": ["globex"], "versions": {"orders": ["v1"]}}');
"""
_CHANGES_1 = (
    "CREATE TABLE identity_changes (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL);"
)
_CHANGES_2 = """
CREATE TABLE identity_changes (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL, subject TEXT NOT NULL,
    ring VARCHAR(16) NOT NULL, removes BOOLEAN NOT NULL
);
CREATE INDEX ix_identity_changes_subject ON identity_changes (subject);
"""
_NODES = """
CREATE TABLE enrolments (
    sha256 VARCHAR(64) NOT NULL, node VARCHAR(64) NOT NULL, rings TEXT NOT NULL, listeners TEXT NOT NULL,
    expires_at INTEGER NOT NULL, used_at INTEGER, PRIMARY KEY (sha256)
);
CREATE TABLE nodes (
    name VARCHAR(64) NOT NULL, rings TEXT NOT NULL, listeners TEXT NOT NULL, serials TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL, revoked_at INTEGER, last_contact INTEGER, said TEXT, PRIMARY KEY (name)
);
INSERT INTO nodes VALUES ('edge', '["public"]', '{}', '["0b"]', 1767225600, NULL, NULL, NULL);
"""
_LOG_2 = """
CREATE TABLE identity_log (epoch VARCHAR(32) NOT NULL, floor INTEGER NOT NULL, revision_floor INTEGER NOT NULL);
INSERT INTO identity_log VALUES ('e0e0', 0, 0);
"""
_LOG_3 = """
CREATE TABLE identity_log (epoch VARCHAR(32) NOT NULL, floor INTEGER NOT NULL);
INSERT INTO identity_log VALUES ('e0e0', 0);
"""
_SECRETS = """
CREATE TABLE secrets (name TEXT NOT NULL, sealed BLOB NOT NULL, changed_at INTEGER NOT NULL, PRIMARY KEY (name));
INSERT INTO secrets VALUES ('orders', x'00ff', 1767225600);
"""
_TABLES = {
    1: (_FIRST, _CHANGES_1),
    2: (_FIRST, _CHANGES_2, _NODES, _LOG_2),
    3: (_FIRST, _CHANGES_2, _NODES, _LOG_3, _SECRETS),
}

# The last was compacted away: its number must not be given again.
CHANGES = (
    ({"change": "put_key", "id": "a"}, "key:a", "partner", False),
    ({"change": "revoke_certificate", "serial": "0a"}, "certificate:0a", "internal", False),
    ({"change": "delete_key", "id": "gone"}, "key:gone", "internal", True),
    ({"change": "forget_token", "jti": "t"}, "token:t", "internal", True),
)


def write_store(path: Path, version: int) -> None:
    """The store a release with `user_version = version` leaves: a key, a revoked certificate, a revision, …"""
    with sqlite3.connect(path) as old:
        for script in _TABLES[version]:
            old.executescript(script)
        for change, *described in CHANGES:
            values = [json.dumps(change, sort_keys=True), *(described if version > 1 else [])]
            names = "change, subject, ring, removes" if version > 1 else "change"
            marks = ", ".join("?" * len(values))
            old.execute(f"INSERT INTO identity_changes ({names}) VALUES ({marks})", values)
        old.execute("DELETE FROM identity_changes WHERE seq = ?", [len(CHANGES)])
        old.execute(f"PRAGMA user_version = {version}")
    old.close()
