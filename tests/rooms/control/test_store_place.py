"""Which store a state has: said once, kept to, never another state's; its password is shown nowhere."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ringwork.control.changes import key_put
from ringwork.control.directory import ControlDirectory
from ringwork.control.store import open_store, place
from ringwork.control.store.change_log import SqlChangeLog, log_change
from ringwork.kernel.refusal import Refused
from tests.rooms.control.test_store import credential
from tests.support.postgresql import EMPTY, PASSWORD, PostgreSQL


@pytest.fixture
def directory(tmp_path: Path) -> ControlDirectory:
    return ControlDirectory(tmp_path / "state/control")


@pytest.fixture
def elsewhere(tmp_path: Path) -> ControlDirectory:
    """Another state."""
    return ControlDirectory(tmp_path / "elsewhere/control")


@pytest.fixture
def name(postgresql: PostgreSQL) -> Iterator[str]:
    with postgresql.database() as name:
        yield name


@pytest.fixture
def url(postgresql: PostgreSQL, name: str) -> str:
    return postgresql.url(name)


def begin(directory: ControlDirectory, store: str) -> None:
    """With something in it."""
    database = open_store(directory, store)
    with database.writing() as connection:
        log_change(connection, key_put(credential("a")))
    database.close()


def newest(directory: ControlDirectory, store: str | None = None) -> int:
    database = open_store(directory, store)
    try:
        return SqlChangeLog(database).extent().newest
    finally:
        database.close()


def refused(directory: ControlDirectory, store: str | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        open_store(directory, store)
    assert PASSWORD not in f"{refused.value.message} {refused.value.help}"
    return refused.value


def test_said_once_every_command_finds_the_same(directory: ControlDirectory, url: str) -> None:
    begin(directory, url)
    assert newest(directory) == newest(directory, url) == 1
    assert not directory.database.exists()


def test_a_state_that_has_its_own_file_keeps_to_it(directory: ControlDirectory, url: str) -> None:
    with closing(open_store(directory)) as database, database.writing() as connection:
        log_change(connection, key_put(credential("a")))
    assert refused(directory, url).code == "store-elsewhere"
    assert newest(directory) == 1 and not directory.store.exists()


def test_a_file_that_nothing_was_ever_kept_in_holds_nobody_up(directory: ControlDirectory, url: str) -> None:
    """A first start that failed, and a command that looked around then."""
    assert refused(directory, "postgresql://ringwork@127.0.0.1:1/nowhere").code == "store-unusable"
    assert newest(directory) == 0
    begin(directory, url)
    assert newest(directory) == 1 and not directory.database.exists()


def test_the_store_of_one_state_is_no_store_for_another(
    directory: ControlDirectory, elsewhere: ControlDirectory, url: str
) -> None:
    begin(directory, url)
    assert refused(elsewhere, url).code == "store-of-another-state"
    assert newest(elsewhere) == 0, "it has begun nothing, and may begin with SQLite"


def test_a_state_is_never_served_from_an_empty_or_foreign_store(
    directory: ControlDirectory, elsewhere: ControlDirectory, url: str, postgresql: PostgreSQL
) -> None:
    """Gateways would forget every key."""
    begin(directory, url)
    with postgresql.database() as empty, postgresql.database() as foreign:
        begin(elsewhere, postgresql.url(foreign))
        for other in (empty, foreign):
            assert refused(directory, postgresql.url(other)).code == "store-of-another-state"
    assert newest(directory) == 1


def test_a_store_that_moved_is_found_where_it_is_said_to_be(
    directory: ControlDirectory, url: str, name: str, postgresql: PostgreSQL
) -> None:
    begin(directory, url)
    with postgresql.database(f"TEMPLATE {name}") as moved:
        assert newest(directory, postgresql.url(moved)) == 1
        assert moved in directory.store.read_text()
        assert newest(directory) == 1


@pytest.mark.parametrize("killed_at", ["_keep", "_claimed"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_whatever_a_beginning_was_killed_at_the_next_one_goes_on(
    directory: ControlDirectory, url: str, monkeypatch: pytest.MonkeyPatch, killed_at: str, moment: str
) -> None:
    real = getattr(place, killed_at)

    def killed(*given: Any) -> None:
        if moment == "after":
            real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(place, killed_at, killed)
    with pytest.raises(KeyboardInterrupt):
        open_store(directory, url)
    monkeypatch.setattr(place, killed_at, real)
    assert newest(directory, url) == newest(directory) == 0


def test_a_password_in_a_command_is_refused(
    directory: ControlDirectory, postgresql: PostgreSQL, name: str
) -> None:
    for store in (postgresql.url_with_password(name), f"postgresql://ringwork@/{name}?password={PASSWORD}"):
        assert refused(directory, store).code == "store-password-shown"
    assert not directory.store.exists()


@pytest.mark.parametrize("kind", ["env", "file"])
def test_a_url_with_a_password_is_referred_to_and_kept_nowhere(
    directory: ControlDirectory,
    postgresql: PostgreSQL,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    file = tmp_path / "url"
    file.write_text(postgresql.url_with_password(name) + "\n")
    monkeypatch.setenv("RINGWORK_STORE", file.read_text())
    begin(directory, "env://RINGWORK_STORE" if kind == "env" else f"file://{file}")
    assert newest(directory) == 1
    written = [path for path in directory.root.rglob("*") if path.is_file()]
    assert directory.store in written and directory.store.stat().st_mode & 0o077 == 0
    assert [path for path in written if PASSWORD.encode() in path.read_bytes()] == []
    monkeypatch.delenv("RINGWORK_STORE")
    file.unlink()
    assert refused(directory).code == "store-unresolved"


@pytest.mark.parametrize(
    "store",
    [
        "",
        "sqlite:///ringwork.db",
        "mysql://ringwork@db/ringwork",
        "postgresql://ringwork@db",
        f"postgresql://ringwork:{PASSWORD}@db:{PASSWORD}/x",
        f"postgresql//ringwork:{PASSWORD}@db/x",
        "secret://store",
        "file://relative",
    ],
)
def test_what_is_no_url_of_a_database_is_refused(
    directory: ControlDirectory, tmp_path: Path, store: str
) -> None:
    assert refused(directory, store).code == "store-malformed"
    file = tmp_path / "url"
    file.write_text(store or " ")
    assert refused(directory, f"file://{file}").code == "store-malformed"
    assert not directory.store.exists()


def test_what_the_server_says_is_told_without_the_password(
    directory: ControlDirectory, postgresql: PostgreSQL, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "url"
    right = postgresql.url_with_password(name)
    for wrong, said in {
        right.replace(PASSWORD, "wrong"): "authentication failed",
        right.replace(name, "nowhere"): "does not exist",
        right.replace("127.0.0.1", "nowhere.invalid"): "nowhere.invalid",
        f"{right}?sslmode={PASSWORD}": "sslmode",
        f"{right}?unheard={PASSWORD}": "unheard",
    }.items():
        file.write_text(wrong)
        told = refused(directory, f"file://{file}")
        assert told.code == "store-unusable" and said in told.message


def test_a_database_that_cannot_hold_every_text_is_refused(
    directory: ControlDirectory, postgresql: PostgreSQL
) -> None:
    with postgresql.database("ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0") as name:
        told = refused(directory, postgresql.url(name))
    assert told.code == "store-unfit" and "UTF8" in told.help


def test_an_empty_database_is_begun(directory: ControlDirectory, postgresql: PostgreSQL) -> None:
    with postgresql.database(EMPTY) as name:
        assert newest(directory, postgresql.url(name)) == 0


def test_without_its_driver_it_says_what_to_install(
    directory: ControlDirectory, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *given: Any, **named: Any) -> Any:
        if name == "psycopg":
            raise ImportError("No module named 'psycopg'")
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", missing)
    told = refused(directory, url)
    assert told.code == "store-driver-missing" and "ringwork[postgresql]" in told.help


def test_a_damaged_word_of_where_the_store_is_is_said(directory: ControlDirectory, url: str) -> None:
    begin(directory, url)
    directory.store.write_text("{")
    assert refused(directory).code == "store-unknown"
    assert not directory.database.exists()
