"""Every store there was becomes this release's, with all that is in it; one of a newer release is left alone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ringwork.control.changes import key_put
from ringwork.control.directory import ControlDirectory
from ringwork.control.store import Database, open_store
from ringwork.control.store.change_log import SqlChangeLog, log_change
from ringwork.control.store.credentials import SqlCredentials
from ringwork.control.store.identities import SqlIdentities
from ringwork.control.store.nodes import SqlNodes
from ringwork.control.store.revisions import SqlRevisions
from ringwork.control.store.schema import NEWEST
from ringwork.control.store.secrets import SqlSecrets
from ringwork.control.store.tables import metadata
from ringwork.kernel.refusal import Refused
from tests.rooms.control.earlier import CHANGES, write_store
from tests.support.postgresql import EMPTY, PostgreSQL

EARLIER = (1, 2, 3)


def differences(database: Database) -> list[object]:
    """Between what is there and `tables.py`."""
    with database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def earlier(tmp_path: Path, version: int) -> ControlDirectory:
    directory = ControlDirectory(tmp_path / "control")
    write_store(directory.database, version)
    return directory


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    script = ScriptDirectory("src/ringwork/control/store/migrations")
    assert script.get_heads() == [NEWEST]
    assert [each.revision for each in script.walk_revisions()] == [
        "0016",
        "0015",
        "0014",
        "0013",
        "0012",
        "0011",
        "0010",
        "0009",
        "0008",
        "0007",
        "0006",
        "0005",
        "0004",
        "0003",
        "0002",
        "0001",
    ]


def test_migrations_lead_to_the_tables_on_sqlite(tmp_path: Path) -> None:
    assert differences(open_store(ControlDirectory(tmp_path / "control"))) == []


def test_migrations_lead_to_the_tables_on_postgresql(tmp_path: Path, postgresql: PostgreSQL) -> None:
    with postgresql.database(EMPTY) as name:
        database = open_store(ControlDirectory(tmp_path / "control"), postgresql.url(name))
        assert differences(database) == []
        database.close()


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_store_is_taken_over_with_all_that_is_in_it(tmp_path: Path, version: int) -> None:
    database = open_store(earlier(tmp_path, version))
    assert differences(database) == []
    (credential,) = SqlCredentials(database).all(limit=10)
    assert (credential.id, credential.partner) == ("a", "globex")
    (identity,) = SqlIdentities(database).all(limit=10)
    assert identity.handle == "0a" and identity.revoked_at is not None
    (revision,) = SqlRevisions(database).latest(10)
    assert revision.number == 7 and revision.agreed.partners == ("globex",)
    assert [node.place.name for node in SqlNodes(database).all()] == (["edge"] if version >= 2 else [])
    assert [record.sealed for record in SqlSecrets(database).all()] == ([b"\0\xff"] if version >= 3 else [])


@pytest.mark.parametrize("version", EARLIER)
def test_the_change_log_of_an_earlier_store_goes_on(tmp_path: Path, version: int) -> None:
    database = open_store(earlier(tmp_path, version))
    log = SqlChangeLog(database)
    for ring, told in {"partner": ["a"], "internal": ["0a", "gone"]}.items():
        _, changes = log.part(lambda _: 0, limit=10, rings=[ring])
        assert [each.change.get("id") or each.change["serial"] for each in changes] == told
    assert log.extent().newest == len(CHANGES)
    (credential,) = SqlCredentials(database).all(limit=1)
    with database.writing() as connection:
        log_change(connection, key_put(credential))
    assert [each.seq for each in log.after(0, limit=10)] == [1, 2, 3, len(CHANGES) + 1]
    assert log.compact() == 1
    assert version == 1 or log.extent().epoch == "e0e0"


@pytest.mark.parametrize("version", EARLIER)
def test_a_release_before_refuses_what_was_taken_over(tmp_path: Path, version: int) -> None:
    directory = earlier(tmp_path, version)
    open_store(directory).close()
    with sqlite3.connect(directory.database) as file:
        assert file.execute("PRAGMA user_version").fetchone() > (3,)


@pytest.mark.parametrize("version", ["0099", "ae1027a6acf"])
def test_a_store_of_a_newer_release_is_left_alone(tmp_path: Path, store: str | None, version: str) -> None:
    directory = ControlDirectory(tmp_path / "control")
    database = open_store(directory, store)
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
    database.close()
    with pytest.raises(Refused, match=version) as refused:
        open_store(directory)
    assert refused.value.code == "store-too-new"


def test_a_store_of_a_newer_release_that_counts_as_before_is_left_alone(tmp_path: Path) -> None:
    directory = ControlDirectory(tmp_path / "control")
    with sqlite3.connect(directory.database) as file:
        file.execute("PRAGMA user_version = 9")
    with pytest.raises(Refused) as refused:
        open_store(directory)
    assert refused.value.code == "store-too-new"


_OPEN = "import sys; from pathlib import Path; from ringwork.control.directory import ControlDirectory as D;"
_OPEN += "from ringwork.control.store import open_store; open_store(D(Path(sys.argv[1])), *sys.argv[2:])"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_commands_that_begin_a_store_at_once_begin_one(
    tmp_path: Path, postgresql: PostgreSQL, kind: str
) -> None:
    with postgresql.database(EMPTY) as name:
        words = [str(tmp_path / "control"), *([postgresql.url(name)] if kind == "postgresql" else [])]
        begun = [
            subprocess.Popen([sys.executable, "-c", _OPEN, *words], stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        assert [(each.communicate()[1], each.returncode) for each in begun] == [("", 0)] * 4
        database = open_store(ControlDirectory(tmp_path / "control"))
        assert SqlChangeLog(database).extent().newest == 0
        database.close()
