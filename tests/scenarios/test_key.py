"""`ringwork key`: a key works when it was shown, and ends when it was revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.running import Ringwork

PUBLIC = ("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")


def status(ringwork: Ringwork, key: str, *call: str) -> int:
    words = call or ("orders", "GET", "/orders/42")
    done = ringwork.run("call", *words, "--key", key, "--format", "json")
    return int(json.loads(done.stdout)["status"])


def test_a_key_works_when_it_was_shown_and_not_when_it_was_revoked(running: Ringwork) -> None:
    made = running.json(*PUBLIC)
    assert status(running, made["key"]) == 200
    running.json("key", "revoke", made["id"])
    assert status(running, made["key"]) == 401


def test_keys_are_shown_once_and_stored_nowhere(running: Ringwork) -> None:
    made = running.json(*PUBLIC)
    assert made["key"].startswith("rw_test_")
    assert made["key"] not in json.dumps(running.json("key", "list"))
    running.run("call", "orders", "GET", "/orders/42", "--key", made["key"])
    secret = made["key"].rpartition("_")[2].encode()
    files = [path for path in running.state.rglob("*") if path.is_file()]
    assert files and [path for path in files if secret in path.read_bytes()] == []


def test_as_text_the_key_stands_alone_on_its_line(running: Ringwork) -> None:
    first = running.run(*PUBLIC).stdout.splitlines()[0]
    assert status(running, first) == 200


def test_a_partners_key_reaches_the_partners_operations_on_its_ring_only(running: Ringwork) -> None:
    made = running.json("key", "create", "--partner", "globex")
    assert made["ring"] == "partner"
    assert status(running, made["key"], "orders", "POST", "/orders") == 200
    assert status(running, made["key"], "orders", "GET", "/orders/42", "--ring", "public") == 401


def test_a_key_for_one_api_is_good_for_no_other(running: Ringwork) -> None:
    made = running.json(*PUBLIC, "--api", "stock")
    assert status(running, made["key"], "stock", "GET", "/items") == 200
    assert status(running, made["key"]) == 403


def test_a_key_for_another_network_is_no_good_here(running: Ringwork) -> None:
    made = running.json(*PUBLIC, "--network", "192.0.2.0/24")
    assert status(running, made["key"]) == 403


def test_mistakes_are_answered_with_what_was_meant(running: Ringwork) -> None:
    done = running.run("key", "create", "--partner", "globx")
    assert done.returncode == 2 and 'Did you mean "globex"?' in done.stderr
    done = running.run("key", "create", "--ring", "internal", "--consumer", "x")
    assert done.returncode == 2 and "identity issue" in done.stderr


def test_keys_are_made_and_ended_elsewhere_as_whoever_has_the_token(
    running: Ringwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = running.endpoints()["admin"]
    monkeypatch.setenv("RINGWORK_URL", admin["url"])
    monkeypatch.setenv("RINGWORK_TOKEN", Path(admin["token_file"]).read_text())
    elsewhere = Ringwork(tmp_path / "nothing-here")
    made = elsewhere.json(*PUBLIC, "--expires", "1d", "--api", "orders")
    assert made["id"] in [key["id"] for key in elsewhere.json("key", "list", "--expiring", "2d")]
    assert made["id"] not in [key["id"] for key in elsewhere.json("key", "list", "--expiring", "1h")]
    assert status(running, made["key"]) == 200
    following = elsewhere.json("key", "rotate", made["id"], "--overlap", "0")
    assert (status(running, made["key"]), status(running, following["key"])) == (401, 200)
    assert elsewhere.json("key", "revoke", following["id"])["revoked_at"] is not None
    assert status(running, following["key"]) == 401
    assert not elsewhere.state.exists()


def test_a_key_made_while_nothing_runs_works_once_it_does(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    ringwork.end()
    made = ringwork.json(*PUBLIC)
    ringwork.up(estate)
    assert status(ringwork, made["key"]) == 200


def test_without_a_state_it_says_how_to_begin(ringwork: Ringwork) -> None:
    done = ringwork.run("key", "list")
    assert done.returncode == 2
    assert "ringwork up" in done.stderr and "Traceback" not in done.stderr
    assert not ringwork.state.exists()
