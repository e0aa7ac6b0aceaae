"""The disk is full: calls go on, nothing acknowledged is lost, it is said, and with room again all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.full_disk import Disk, disk
from tests.support.load import Load
from tests.support.running import Ringwork, eventually

__all__ = ["disk"]

PLAN = "title: Free\nlimits: { per_minute: 600000, per_day: 9000000 }\n"
CREATE = ("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")


@pytest.fixture
def full(disk: Disk, estate: Path) -> Iterator[Ringwork]:
    """Its state is on a disk that can be filled; the estate is up."""
    ringwork = Ringwork(disk.folder / "state")
    try:
        (estate / "plans/free.yaml").write_text(PLAN)
        ringwork.up(estate)
        yield ringwork
    finally:
        disk.fill()
        disk.free()
        ringwork.clean_up()


def load_on(ringwork: Ringwork, key: str) -> Load:
    public = ringwork.endpoints()["rings"]["public"]
    return Load(f"{public['base_url']}/shop/v1/orders/7", Path(public["ca_file"]), key)


def answers_more(load: Load) -> None:
    seen = load.answered
    eventually(lambda: load.answered > seen + 20)


def logged(ringwork: Ringwork) -> list[str]:
    """Request ids of the access log; every line of it is whole."""
    text = (ringwork.state / "node/log/access.ndjson").read_text()
    return [json.loads(line)["request_id"] for line in text.splitlines()]


def test_calls_go_on_nothing_is_lost_and_it_heals(full: Ringwork, disk: Disk, estate: Path) -> None:
    key, doomed = full.json(*CREATE), full.json(*CREATE)
    with load_on(full, key["key"]) as load:
        answers_more(load)
        disk.fill()
        (estate / "plans/gold.yaml").write_text("title: Gold\nlimits: { per_minute: 600 }\n")
        for words in (
            ("apply", str(estate)),
            CREATE,
            ("key", "revoke", doomed["id"]),
            ("ca", "rotate", "internal"),
        ):
            done = full.run(*words)
            assert done.returncode == 2, words
            assert "disk-full" in done.stderr or "is full" in done.stderr, done.stderr
        answers_more(load)
        disk.free()
        applied = full.json("apply", str(estate))
        assert applied["outcome"] == "live" and applied["revision"] >= 2
        full.json("key", "revoke", doomed["id"])
        created = full.json(*CREATE)
        answers_more(load)
    assert load.failures == []
    eventually(lambda: len(logged(full)) >= load.answered)
    assert len(set(logged(full))) == len(logged(full)), "no line twice"
    known = {each["id"]: each["revoked_at"] for each in full.json("key", "list")}
    assert known[key["id"]] is None and known[created["id"]] is None and known[doomed["id"]] is not None
    assert "Traceback" not in full.output()


def test_killed_while_the_disk_is_full_both_are_live_again_from_what_was_good(
    full: Ringwork, disk: Disk, estate: Path
) -> None:
    key = full.json(*CREATE)["key"]
    disk.fill()
    (estate / "plans/gold.yaml").write_text("title: Gold\nlimits: { per_minute: 600 }\n")
    assert full.run("apply", str(estate)).returncode == 2
    full.kill()
    with load_on(full, key) as load:
        answers_more(load)
        disk.free()
        endpoints = full.up(estate)
        assert endpoints["gateway"]["revision"] >= 2
        answers_more(load)
    assert load.failures == []
