"""A live control plane is backed up, lost, and restored: its callers notice nothing, its record is whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgresql import PostgreSQL
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork

PATH = "/shop/v1/orders/7"
PROGRAM = (sys.executable, "-m", "ringwork")
KEY = ("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")


def calls(ringwork: Ringwork, key: str) -> int:
    words = ("call", "orders", "GET", "/orders/7", "--ring", "public", "--key", key)
    return int(json.loads(ringwork.run(*words, "--format", "json").stdout)["status"])


@pytest.fixture
def opener(ringwork: Ringwork, tmp_path: Path) -> tuple[Path, str]:
    """A key for backups, and whom to encrypt to."""
    file = tmp_path / "backup.key"
    made = subprocess.run(
        [*PROGRAM, "backup-key", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    return file, made.stdout.strip()


@pytest.fixture
def edge(ringwork: Ringwork, tmp_path: Path) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(ringwork, tmp_path / "edge")
    yield elsewhere
    elsewhere.clean_up()


def test_what_was_lost_is_restored_and_goes_on(
    ringwork: Ringwork,
    edge: Elsewhere,
    estate: Path,
    opener: tuple[Path, str],
    tmp_path: Path,
    postgresql: PostgreSQL,
) -> None:
    key_file, recipient = opener
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    edge.serve("public")
    good, revoked = ringwork.json(*KEY), ringwork.json(*KEY)
    ringwork.json("key", "revoke", revoked["id"])
    file = tmp_path / "of-today.age"
    told = ringwork.json("backup", str(file), "--to", recipient)
    assert told["rows"]["credentials"] == 2 and file.stat().st_mode & 0o77 == 0
    again = ringwork.run("backup", str(file), "--to", recipient)
    assert again.returncode == 2 and "file-exists" in again.stderr
    nodes = ringwork.endpoints()["nodes"]
    ringwork.end()
    shutil.rmtree(ringwork.state)

    with postgresql.database("TEMPLATE template0") as name:
        words = ("restore", str(file), "--key", str(key_file), "--store", postgresql.url(name))
        assert ringwork.json(*words)["rows"] == told["rows"]
        assert ringwork.run(*words).returncode == 2, "it is in use now"
        ringwork.up(estate, "--nodes", nodes)
        assert (calls(ringwork, good["key"]), calls(ringwork, revoked["key"])) == (200, 401)
        edge.learns_of_a_key()
        assert edge.call(PATH, good["key"]).status_code == 200
        assert edge.call(PATH, revoked["key"]).status_code == 401
        export, public = tmp_path / "ledger.ndjson", ringwork.run("ledger", "key").stdout.strip()
        assert ringwork.run("ledger", "export", "--out", str(export)).returncode == 0
        subprocess.run([*PROGRAM, "ledger", "verify", str(export), "--key", public], check=True)
        assert '"state.backup"' in export.read_text() and '"state.restore"' in export.read_text()
        edge.clean_up()
        ringwork.end()  # before its database is gone


def test_it_goes_through_a_pipe_and_only_its_key_opens_it(
    ringwork: Ringwork, estate: Path, opener: tuple[Path, str], tmp_path: Path
) -> None:
    key_file, recipient = opener
    ringwork.up(estate)
    state = ("--state", str(ringwork.state))
    made = subprocess.run(
        [*PROGRAM, "backup", "-", "--to", recipient, *state], capture_output=True, check=True
    )
    assert made.stdout.startswith(b"age-encryption.org/v1\n") and b"rows" in made.stderr

    def restored(key: Path) -> subprocess.CompletedProcess[bytes]:
        words = ["restore", "-", "--key", str(key), "--state", str(tmp_path / "new")]
        return subprocess.run([*PROGRAM, *words], input=made.stdout, capture_output=True, check=False)

    other = tmp_path / "other.key"
    subprocess.run([*PROGRAM, "backup-key", str(other)], capture_output=True, check=True)
    refused = restored(other)
    assert refused.returncode == 2 and b"backup-unreadable" in refused.stderr
    assert restored(key_file).returncode == 0
    listed = Ringwork(tmp_path / "new").json("revisions")
    assert [each["revision"] for each in listed] == [1]
