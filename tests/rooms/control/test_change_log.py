"""The identity change log: what a ring's nodes see of it, and that it grows with what exists only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringwork.control.changes import key_deleted, key_put
from ringwork.control.directory import ControlDirectory
from ringwork.control.model import Credential
from ringwork.control.store import change_log, open_store
from ringwork.control.store.change_log import SqlChangeLog, log_change
from ringwork.control.store.database import Database

RINGS = ("internal", "partner", "public")


def credential(name: str, ring: str = "public") -> Credential:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Credential(name, name * 2, "test", ring, "dev", "default", now)


@pytest.fixture
def database(tmp_path: Path, store: str | None) -> Iterator[Database]:
    opened = open_store(ControlDirectory(tmp_path / "control"), store)
    yield opened
    opened.close()


def put(database: Database, name: str, ring: str = "public") -> None:
    with database.writing() as connection:
        log_change(connection, key_put(credential(name, ring)))


def delete(database: Database, name: str) -> None:
    with database.writing() as connection:
        log_change(connection, key_deleted(credential(name)))


def told(log: SqlChangeLog, *rings: str, since: int = 0) -> list[str]:
    _, changes = log.part(lambda _: since, limit=1000, rings=rings)
    return [f"{logged.change['change']} {logged.change['id']}" for logged in changes]


def test_a_ring_sees_the_changes_of_its_own_credentials(database: Database) -> None:
    for ring in RINGS:
        put(database, ring, ring)
    log = SqlChangeLog(database)
    for ring in RINGS:
        assert told(log, ring) == [f"put_key {ring}"]
    assert len(told(log, "partner", "public")) == 2


def test_compaction_keeps_what_holds_and_tells_everyone_the_same(database: Database) -> None:
    for round in range(50):
        put(database, f"brief{round}")
        delete(database, f"brief{round}")
        put(database, "lasting")
    log = SqlChangeLog(database)
    assert log.compact() == 99
    assert told(log, "public")[-1] == "put_key lasting"
    assert log.compact() == 0
    assert log.extent().newest == 150


def test_the_log_grows_with_what_exists_not_with_what_happened(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "KEPT_REMOVALS", 3)
    put(database, "lasting")
    for round in range(50):
        put(database, f"brief{round}")
        delete(database, f"brief{round}")
    log = SqlChangeLog(database)
    log.compact()
    assert told(log, "public") == ["put_key lasting", *(f"delete_key brief{n}" for n in (47, 48, 49))]


def test_a_copy_that_missed_a_forgotten_removal_starts_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "KEPT_REMOVALS", 0)
    put(database, "revoked")
    delete(database, "revoked")
    put(database, "lasting")
    log = SqlChangeLog(database)
    log.compact()
    extent = log.extent()
    assert not extent.continues(1), "it holds a key that was revoked, and nobody can tell it so"
    assert extent.continues(2) and extent.continues(3) and extent.continues(0)
    assert not extent.continues(4), "it knows of changes a restored log never had"
