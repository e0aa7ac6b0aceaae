"""The store on PostgreSQL, behind the real `ringwork up`: everything as on SQLite, and no password to be seen."""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.postgresql import PASSWORD, PostgreSQL
from tests.support.running import Ringwork, command_line

CREATE = ("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")
CALL = ("call", "orders", "GET", "/orders/42")


@pytest.fixture
def store(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[str]:
    """A reference to the URL of a database, with its password."""
    file = tmp_path / "store-url"
    with postgresql.database() as name:
        file.write_text(postgresql.url_with_password(name))
        file.chmod(0o600)
        yield f"file://{file}"


def status(ringwork: Ringwork, key: str) -> int:
    done = ringwork.run(*CALL, "--key", key, "--format", "json")
    return int(json.loads(done.stdout)["status"])


def answered(ringwork: Ringwork, key: str) -> int:
    """The gateway's own word: no command takes part."""
    public = ringwork.endpoints()["rings"]["public"]
    trusted = ssl.create_default_context(cafile=public["ca_file"])
    url = f"{public['base_url']}/shop/v1/orders/42"
    return httpx.get(url, headers={"x-api-key": key}, verify=trusted, trust_env=False).status_code


def test_what_was_acknowledged_is_there_after_a_kill(ringwork: Ringwork, estate: Path, store: str) -> None:
    ringwork.up(estate, "--store", store)
    kept, gone = (ringwork.json(*CREATE) for _ in range(2))
    assert status(ringwork, kept["key"]) == status(ringwork, gone["key"]) == 200
    ringwork.json("key", "revoke", gone["id"])
    assert status(ringwork, gone["key"]) == 401
    ringwork.kill()
    meanwhile = ringwork.json(*CREATE)
    ringwork.up(estate)
    assert [status(ringwork, made["key"]) for made in (kept, gone, meanwhile)] == [200, 401, 200]
    listed = {each["id"]: each["revoked_at"] for each in ringwork.json("key", "list")}
    assert listed[kept["id"]] is None and listed[gone["id"]] is not None and meanwhile["id"] in listed
    assert not (ringwork.state / "control/ringwork.db").exists()


def test_a_node_that_lost_everything_is_filled_from_it(ringwork: Ringwork, estate: Path, store: str) -> None:
    ringwork.up(estate, "--store", store)
    kept, gone = (ringwork.json(*CREATE) for _ in range(2))
    ringwork.json("key", "revoke", gone["id"])
    ringwork.end()
    for path in (ringwork.state / "node/identity").iterdir():
        path.unlink()
    ringwork.up(estate, "--store", store)
    assert [status(ringwork, made["key"]) for made in (kept, gone)] == [200, 401]


def test_calls_go_on_while_the_server_is_away(
    ringwork: Ringwork, estate: Path, store: str, postgresql: PostgreSQL
) -> None:
    ringwork.up(estate, "--store", store)
    made = ringwork.json(*CREATE)
    postgresql.stop()
    try:
        for words in (CREATE, ("key", "list"), ("key", "revoke", made["id"])):
            done = ringwork.run(*words)
            assert done.returncode == 2 and "store-unusable" in done.stderr, done.stderr
            assert "Traceback" not in done.stderr and PASSWORD not in done.stderr
        away = ringwork.run("status", "--format", "json")
        assert away.returncode == 1 and "cannot be used" in "".join(json.loads(away.stdout)["problems"])
        assert answered(ringwork, made["key"]) == 200
    finally:
        postgresql.start()
    ringwork.json("key", "revoke", made["id"])
    assert status(ringwork, made["key"]) == 401
    assert ringwork.run("status").returncode == 0
    assert "Traceback" not in ringwork.output()


@pytest.fixture
def with_a_command_line(tmp_path: Path) -> Iterator[Ringwork]:
    """Of a process that is its own from the beginning, which a forked one's is not."""
    fresh = Ringwork(tmp_path / "state", program=(sys.executable, "-m", "ringwork"))
    yield fresh
    fresh.clean_up()


def test_the_password_is_shown_nowhere(with_a_command_line: Ringwork, estate: Path, store: str) -> None:
    ringwork = with_a_command_line
    ringwork.up(estate, "--store", store)
    ringwork.json(*CREATE)
    said = ringwork.output() + ringwork.run("status", "--format", "json").stdout
    every = [command_line(int(each.name)) for each in Path("/proc").iterdir() if each.name.isdigit()]
    assert [each for each in every if f"--store {store}" in each]
    assert PASSWORD not in "".join([said, *every])
    files = [path for path in ringwork.state.rglob("*") if path.is_file()]
    assert [path for path in files if PASSWORD.encode() in path.read_bytes()] == []


def test_a_password_in_the_command_is_refused_before_anything_runs(
    ringwork: Ringwork, estate: Path, store: str
) -> None:
    url = Path(store.removeprefix("file://")).read_text()
    ringwork.start(estate, "--ports", "auto", "--store", url)
    assert ringwork.wait() == 2
    assert "store-password-shown" in ringwork.output() and PASSWORD not in ringwork.output()
    assert not (ringwork.state / "endpoints.json").exists()


def test_a_secret_set_before_anything_runs_begins_the_state_on_it(
    ringwork: Ringwork, estate: Path, store: str
) -> None:
    refused = ringwork.run("secret", "set", "orders/token", "--store", "mysql://db/ringwork")
    assert refused.returncode == 2
    done = ringwork.run("secret", "set", "orders/token", "--store", store, given="s3cr3t")
    assert done.returncode == 0, done.stderr
    ringwork.up(estate)
    assert [each["name"] for each in ringwork.json("secret", "list")] == ["orders/token"]
    assert not (ringwork.state / "control/ringwork.db").exists()
