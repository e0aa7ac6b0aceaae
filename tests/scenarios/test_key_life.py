"""Keys of a real gateway: rotated while callers go on, told when they were used last and that they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenarios.test_key import PUBLIC, status
from tests.support.running import Ringwork, eventually


def listed(ringwork: Ringwork, key_id: str) -> Any:
    (found,) = [each for each in ringwork.json("key", "list") if each["id"] == key_id]
    return found


def test_both_keys_work_for_the_overlap_and_one_after_it(running: Ringwork) -> None:
    before = running.json(*PUBLIC, "--expires", "90d")
    made = running.json("key", "rotate", before["id"], "--overlap", "5s")
    assert (made["application_id"], made["plan"]) == (before["application_id"], "free")
    assert status(running, made["key"]) == 200
    eventually(lambda: status(running, before["key"]) == 401)
    assert status(running, made["key"]) == 200
    assert listed(running, before["id"])["status"] == "expired"
    again = running.run("key", "rotate", before["id"])
    assert again.returncode == 2 and "key-over" in again.stderr
    last = running.json("key", "rotate", made["id"], "--overlap", "0")
    assert [status(running, each["key"]) for each in (made, last)] == [401, 200]


def test_a_key_that_was_used_says_when(running: Ringwork) -> None:
    used, other = running.json(*PUBLIC), running.json(*PUBLIC)
    assert status(running, used["key"]) == 200
    eventually(lambda: listed(running, used["id"])["used_at"] is not None)
    assert listed(running, used["id"])["used_at"].endswith(":00Z")
    assert listed(running, other["id"])["used_at"] is None


def test_keys_that_end_are_told_where_one_looks(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    soon, late = ringwork.json(*PUBLIC, "--expires", "3d"), ringwork.json(*PUBLIC, "--expires", "90d")
    assert [each["id"] for each in ringwork.json("key", "list", "--expiring", "14d")] == [soon["id"]]
    assert [each["id"] for each in ringwork.json("key", "list", "--expiring", "100d")] == [
        soon["id"],
        late["id"],
    ]
    assert "1 end within 14 days" in ringwork.run("status").stdout
    assert ringwork.json("status")["healthy"], "it is no problem yet"
    ringwork.end()
    ringwork.up(estate)
    eventually(lambda: f"ringwork key rotate {soon['id']}" in ringwork.output())
    assert late["id"] not in ringwork.output()
