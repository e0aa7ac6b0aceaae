"""The gateway is replaced while it serves: sockets pass to the successor, calls under way end as they should."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ringwork.fleet.binary import find_gateway
from tests.support.estates import write_estate
from tests.support.load import Load
from tests.support.running import Ringwork, command_line, eventually
from tests.support.upstream import Upstream

UPGRADES = 5


@pytest.fixture
def key(ringwork: Ringwork, estate: Path) -> str:
    """Of a caller with room for the load; the estate is up."""
    (estate / "plans/free.yaml").write_text("title: Free\nlimits: { per_minute: 600000, per_day: 9000000 }\n")
    ringwork.up(estate)
    created = ringwork.json("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")
    return str(created["key"])


def load_on(ringwork: Ringwork, key: str) -> Load:
    public = ringwork.endpoints()["rings"]["public"]
    return Load(f"{public['base_url']}/shop/v1/orders/7", Path(public["ca_file"]), key)


def gateway_pid(ringwork: Ringwork) -> int:
    return int(ringwork.json("status")["gateway"]["pid"])


def test_no_call_fails_and_no_connection_is_refused_during_upgrades(ringwork: Ringwork, key: str) -> None:
    pids = [gateway_pid(ringwork)]
    with load_on(ringwork, key) as load:
        for _ in range(UPGRADES):
            done = ringwork.run("gateway", "upgrade")
            assert done.returncode == 0, done.stderr
            pids.append(gateway_pid(ringwork))
            seen = load.answered
            eventually(lambda seen=seen: load.answered > seen + 20)  # type: ignore[misc]
    assert load.failures == []
    assert len(set(pids)) == UPGRADES + 1
    eventually(lambda: not any(str(ringwork.state) in command_line(pid) for pid in pids[:-1]))


def test_changed_listeners_refuse_no_connection_on_those_that_stay(
    ringwork: Ringwork, estate: Path, key: str
) -> None:
    manifest = estate / "ringwork.yaml"
    with load_on(ringwork, key) as load:
        manifest.write_text(manifest.read_text().replace("127.0.0.1:8442", "127.0.0.1:8449"))
        assert ringwork.json("apply", str(estate))["outcome"] == "live"
        seen = load.answered
        eventually(lambda: load.answered > seen + 20)
    assert load.failures == []


def test_a_successor_that_cannot_start_changes_nothing(ringwork: Ringwork, key: str) -> None:
    before = gateway_pid(ringwork)
    pointer = ringwork.state / "node/published/current"
    trust = ringwork.state / "node/trust/manifest.pub"
    kept = pointer.read_bytes(), trust.read_bytes()
    with load_on(ringwork, key) as load:
        trust.write_text("00" * 32)
        (ringwork.state / "node/upgrade").touch()
        eventually(lambda: "could not be replaced" in ringwork.output())
        trust.write_bytes(kept[1])
        assert gateway_pid(ringwork) == before
    assert load.failures == []


def test_up_replaces_the_gateway_of_another_version_it_finds(
    ringwork: Ringwork, estate: Path, tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    for copy in (older, newer):
        shutil.copy2(find_gateway(), copy)
    monkeypatch.setenv("RINGWORK_GATEWAY", str(older))
    before = ringwork.up(write_estate(estate, upstream.port))["gateway"]["pid"]
    ringwork.kill()
    monkeypatch.setenv("RINGWORK_GATEWAY", str(newer))
    ringwork.up(estate)
    after = gateway_pid(ringwork)
    assert after != before
    assert os.path.samefile(f"/proc/{after}/exe", newer)
