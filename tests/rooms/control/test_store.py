"""What a store guarantees, whichever database it is on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from ringwork.control.changes import CERTIFICATE, key_deleted, key_put
from ringwork.control.directory import ControlDirectory
from ringwork.control.model import Credential, IssuedIdentity
from ringwork.control.store import Database, change_log, open_store, postgresql, sqlite
from ringwork.control.store.change_log import SqlChangeLog, log_change
from ringwork.control.store.identities import SqlIdentities
from ringwork.control.store.tables import identity_changes
from ringwork.kernel.refusal import Refused
from tests.support.postgresql import PostgreSQL

WRITERS, EACH = 3, 15
Open = Callable[[], Database]


@pytest.fixture
def opened(tmp_path: Path, store: str | None) -> Iterator[Open]:
    """Each call is another command on the same state."""
    open_ones: list[Database] = []

    def opened() -> Database:
        open_ones.append(open_store(ControlDirectory(tmp_path / "control"), store))
        return open_ones[-1]

    yield opened
    for database in open_ones:
        database.close()


def credential(name: str) -> Credential:
    return Credential(name, name * 2, "test", "public", "dev", "app", datetime(2026, 1, 1, tzinfo=UTC))


def put(database: Database, name: str) -> None:
    with database.writing() as connection:
        log_change(connection, key_put(credential(name)))


def put_in_vain(database: Database, name: str) -> None:
    with suppress(ZeroDivisionError), database.writing() as connection:
        log_change(connection, key_put(credential(name)))
        raise ZeroDivisionError


def entries(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(identity_changes)).scalar_one()


def test_a_reader_never_finds_an_entry_below_one_it_has_seen(opened: Open) -> None:
    """Writers in several commands at once, some of which fail half way."""
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        log = SqlChangeLog(opened())
        while not done.is_set() or len(seen) < WRITERS * EACH:
            seen.extend(change.seq for change in log.after(seen[-1] if seen else 0, limit=10))

    def write(writer: int) -> None:
        database = opened()
        for number in range(EACH):
            put_in_vain(database, f"vain{writer}.{number}")
            put(database, f"{writer}.{number}")

    opened()
    with ThreadPoolExecutor() as threads:
        follower = threads.submit(follow)
        for writer in [threads.submit(write, writer) for writer in range(WRITERS)]:
            writer.result()
        done.set()
        follower.result()
    assert seen == list(range(1, WRITERS * EACH + 1)), "in order, no hole, nothing twice"


def test_a_number_is_never_given_twice(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_log, "KEPT_REMOVALS", 0)
    database = opened()
    put(database, "brief")
    with database.writing() as connection:
        log_change(connection, key_deleted(credential("brief")))
    SqlChangeLog(database).compact()
    put(opened(), "next")
    log = SqlChangeLog(database)
    assert [change.seq for change in log.after(0, limit=10)] == [3]
    assert log.extent().newest == 3


def test_what_failed_half_way_left_nothing(opened: Open) -> None:
    database = opened()
    put_in_vain(database, "vain")
    assert entries(database) == 0 and SqlChangeLog(database).extent().newest == 0


def test_several_questions_see_one_moment(opened: Open) -> None:
    database, beside = opened(), opened()
    put(database, "before")
    with database.reading_at_once() as connection:
        counted = select(func.count()).select_from(identity_changes)
        assert connection.execute(counted).scalar_one() == 1
        put(beside, "meanwhile")
        assert connection.execute(counted).scalar_one() == 1
    assert entries(database) == 2


def test_all_that_holds_is_told_in_the_order_of_bytes(opened: Open) -> None:
    database = opened()
    for name in ("b", "A", "a", "B", "0", "_"):
        put(database, name)
    with SqlChangeLog(database).standing() as standing:
        told = [change.split('"id": "')[1][0] for change in standing.changes]
    assert told == sorted("bAaB0_")


def test_a_writer_waits_for_the_one_before_and_says_so_when_that_does_not_end(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_MS", 50)
    monkeypatch.setattr(postgresql, "_CONFIGURING", ("SET lock_timeout = 50",))
    database, beside = opened(), opened()
    with database.writing(), pytest.raises(Refused) as refused:
        put(beside, "waiting")
    assert refused.value.code == "store-unusable"
    put(beside, "waited")


def test_times_after_2038_are_kept(opened: Open) -> None:
    records = SqlIdentities(opened())
    end = datetime(2150, 1, 1, tzinfo=UTC)
    records.add(
        IssuedIdentity("0a", CERTIFICATE, "spiffe://acme.test/a", datetime(2026, 1, 1, tzinfo=UTC), end)
    )
    found = records.find("0a")
    assert found is not None and found.expires_at == end


def test_a_transaction_whose_statement_failed_is_never_taken_for_committed(
    served: tuple[Database, str],
) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK then, and no error."""
    database, _ = served

    def gone_on_with() -> None:
        with database.writing() as connection:
            log_change(connection, key_put(credential("lost")))
            with suppress(IntegrityError):
                connection.execute(insert(identity_changes).values(seq=1))

    with pytest.raises(RuntimeError, match="a statement failed"):
        gone_on_with()
    assert entries(database) == 0


@pytest.fixture
def served(tmp_path: Path, postgresql: PostgreSQL) -> Iterator[tuple[Database, str]]:
    with postgresql.database() as name:
        database = open_store(ControlDirectory(tmp_path / "control"), postgresql.url(name))
        yield database, name
        database.close()


def cut(postgresql: PostgreSQL, name: str) -> None:
    """Ends every connection to a database, as a server's restart does."""
    with postgresql.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def test_a_connection_that_was_lost_is_replaced(served: tuple[Database, str], postgresql: PostgreSQL) -> None:
    database, name = served
    put(database, "before")
    cut(postgresql, name)
    put(database, "after")
    assert entries(database) == 2


@pytest.mark.parametrize("transaction", ["writing", "reading_at_once"])
def test_what_was_under_way_on_a_lost_connection_is_said_and_left_nothing(
    served: tuple[Database, str], postgresql: PostgreSQL, transaction: str
) -> None:
    database, name = served

    def cut_off() -> None:
        with getattr(database, transaction)() as connection:
            if transaction == "writing":
                log_change(connection, key_put(credential("lost")))
            cut(postgresql, name)
            connection.execute(select(identity_changes)).all()

    with pytest.raises(Refused) as refused:
        cut_off()
    assert refused.value.code == "store-unusable" and "PostgreSQL" in refused.value.help
    assert entries(database) == 0


def test_a_server_that_is_away_is_said_and_found_again(
    served: tuple[Database, str], postgresql: PostgreSQL
) -> None:
    database, name = served
    put(database, "before")
    postgresql.stop()
    try:
        with pytest.raises(Refused, match="cannot be used") as refused:
            put(database, "meanwhile")
        assert refused.value.code == "store-unusable" and f"/{name}" in refused.value.message
    finally:
        postgresql.start()
    put(database, "after")
    assert entries(database) == 2


def test_what_is_committed_is_on_disk_whatever_the_server_is_set_to(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    with postgresql.database() as name:
        for setting in ("synchronous_commit = off", "default_transaction_read_only = on"):
            with postgresql.connect() as connection:
                connection.execute(f"ALTER DATABASE {name} SET {setting}")
        database = open_store(ControlDirectory(tmp_path / "control"), postgresql.url(name))
        put(database, "kept")
        with database.reading() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "10s"
        database.close()
