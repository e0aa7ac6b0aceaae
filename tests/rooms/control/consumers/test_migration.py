"""Keys of the release before get accounts and applications, one to one, on either database; nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, insert

from ringwork.control.directory import ControlDirectory
from ringwork.control.store.accounts import SqlAccounts
from ringwork.control.store.applications import SqlApplications
from ringwork.control.store.credentials import SqlCredentials
from ringwork.control.store.database import Database
from ringwork.control.store.place import new_database
from ringwork.control.store.schema import begin_schema, complete_schema
from tests.support.postgresql import EMPTY, PostgreSQL

# id, consumer, application, plan, partner, created_at, revoked_at
KEYS: list[tuple[str, str, str, str | None, str | None, int, int | None]] = [
    ("k1", "globex", "default", None, "globex", 100, None),
    ("k2", "globex", "reports", None, "globex", 200, None),
    ("k3", "globex", "default", "free", None, 300, None),
    ("k4", "dev", "shop", "free", None, 50, None),
    ("k5", "dev", "shop", "gold", None, 60, None),
    ("k6", "dev", "shop", None, None, 70, 80),
    ("k7", "Åse & Söner", "default", None, None, 90, 95),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A store of the release before, with keys and a revision in it."""
    if request.param == "sqlite":
        with closing(new_database(ControlDirectory(tmp_path / "control"), None)) as database:
            yield _filled(database)
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with (
        server.database(EMPTY) as name,
        closing(new_database(ControlDirectory(tmp_path / "control"), server.url(name))) as database,
    ):
        yield _filled(database)


def _filled(database: Database) -> Database:
    with database.migrating() as connection:
        begin_schema(connection, database.name, "0008")
        tables = MetaData()
        tables.reflect(connection)
        rows = [_row(*key) for key in KEYS]
        connection.execute(insert(tables.tables["credentials"]), rows)
        for number, partners in ((1, ["old"]), (2, ["globex", "initech"])):
            agreed = {
                "organization": "Acme",
                "environment": "test",
                "trust_domain": "acme.test",
                "rings": ["public"],
                "plans": [],
                "partners": partners,
                "versions": {},
            }
            row = {"number": number, "created_at": 40, "content": "c", "manifest": "m", "note": "n"}
            connection.execute(insert(tables.tables["revisions"]), [row | {"agreed": json.dumps(agreed)}])
    return database


def _row(id: str, *given: Any) -> dict[str, Any]:
    names = ("consumer", "application", "plan", "partner", "created_at", "revoked_at")
    fixed = {"id": id, "sha256": id * 32, "environment": "test", "restrictions": "{}"}
    told = dict(zip(names, given, strict=True))
    return fixed | told | {"ring": "partner" if told["partner"] else "public"}


def _completed(database: Database) -> None:
    with database.migrating() as connection:
        complete_schema(connection, "0008")


def test_every_key_is_of_an_application_of_an_account(before: Database) -> None:
    _completed(before)
    accounts = SqlAccounts(before).all(limit=99)
    assert {(each.kind, each.name) for each in accounts} == {
        ("partner", "globex"),
        ("partner", "initech"),
        ("developer", "globex"),
        ("developer", "dev"),
        ("developer", "Åse & Söner"),
    }
    applications = {each.id: each for each in SqlApplications(before).all(limit=99)}
    found = SqlCredentials(before).all(limit=99)
    assert [key.id for key in found] == [key[0] for key in KEYS]
    for key, (_, consumer, name, plan, partner, _, revoked_at) in zip(found, KEYS, strict=True):
        its = applications[key.application_id]
        assert (its.account.name, its.name) == (key.consumer, key.application) == (consumer, name)
        assert its.account.kind == ("partner" if partner else "developer")
        assert (key.plan, key.partner) == (plan, partner)
        assert (key.revoked_at is not None) == (revoked_at is not None) and not key.suspended
    assert len(applications) == 5 and len({each.id for each in accounts}) == 5
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in applications)


def test_the_plan_of_an_application_is_that_of_its_newest_key_that_works(before: Database) -> None:
    _completed(before)
    plans = {(each.account.name, each.name): each.plan for each in SqlApplications(before).all(limit=99)}
    assert plans["dev", "shop"] == "gold" and plans["Åse & Söner", "default"] is None
    (shop,) = (each for each in SqlApplications(before).all(limit=99) if each.name == "shop")
    assert shop.created_at.timestamp() == 50


def test_a_store_without_keys_and_revisions_is_brought_along_too(tmp_path: Path) -> None:
    with closing(new_database(ControlDirectory(tmp_path / "control"), None)) as database:
        with database.migrating() as connection:
            _begin(connection, database)
        assert SqlAccounts(database).all(limit=1) == []


def _begin(connection: Connection, database: Database) -> None:
    begin_schema(connection, database.name, "0008")
    complete_schema(connection, "0008")
