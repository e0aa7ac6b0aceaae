"""The control plane restarts, its gateway serves: no call fails, no connection is refused."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringwork.fleet.binary import find_gateway
from tests.support.estates import write_estate
from tests.support.load import Load
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, command_line, eventually
from tests.support.upstream import Upstream

RESTARTS = 3


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The gateway as it is installed; a test can install another."""
    binary = tmp_path / "installed"
    shutil.copy2(find_gateway(), binary)
    monkeypatch.setenv("RINGWORK_GATEWAY", str(binary))
    return binary


@pytest.fixture
def key(installed: Path, ringwork: Ringwork, estate: Path) -> str:
    """Of a caller with room for the load; the estate is up."""
    (estate / "plans/free.yaml").write_text("title: Free\nlimits: { per_minute: 600000, per_day: 9000000 }\n")
    ringwork.up(estate)
    created = ringwork.json("key", "create", "--ring", "public", "--consumer", "dev", "--plan", "free")
    return str(created["key"])


def load_on(ringwork: Ringwork, key: str) -> Load:
    public = ringwork.endpoints()["rings"]["public"]
    return Load(f"{public['base_url']}/shop/v1/orders/7", Path(public["ca_file"]), key)


def answers_more(load: Load) -> None:
    seen = load.answered
    eventually(lambda: load.answered > seen + 20)


def gateway_pid(ringwork: Ringwork) -> int:
    return int(ringwork.endpoints()["gateway"]["pid"])


def test_no_call_fails_while_the_control_plane_begins_anew(
    ringwork: Ringwork, estate: Path, key: str
) -> None:
    served_by = gateway_pid(ringwork)
    with load_on(ringwork, key) as load:
        for _ in range(RESTARTS):
            assert ringwork.begin_anew()["gateway"]["pid"] == served_by
            answers_more(load)
        (estate / "plans/gold.yaml").write_text("title: Gold\nlimits: { per_minute: 600 }\n")
        assert ringwork.json("apply", str(estate))["outcome"] == "live"
    assert load.failures == []


def test_beginning_anew_it_replaces_the_gateway_of_another_version(
    ringwork: Ringwork, key: str, installed: Path
) -> None:
    served_by = gateway_pid(ringwork)
    with load_on(ringwork, key) as load:
        for _ in range(RESTARTS):
            newer = installed.with_name("newer")
            shutil.copy2(find_gateway(), newer)
            newer.replace(installed)
            ringwork.begin_anew()
            answers_more(load)
    assert load.failures == []
    assert os.path.samefile(f"/proc/{gateway_pid(ringwork)}/exe", installed)
    eventually(lambda: not Path(f"/proc/{served_by}").exists())


def test_no_call_fails_when_the_control_plane_is_killed_and_started_again(
    ringwork: Ringwork, estate: Path, key: str
) -> None:
    with load_on(ringwork, key) as load:
        for _ in range(RESTARTS):
            ringwork.kill()
            answers_more(load)
            ringwork.up(estate)
            answers_more(load)
    assert load.failures == []


def test_a_start_that_fails_leaves_the_gateway_it_found(ringwork: Ringwork, estate: Path, key: str) -> None:
    served_by = gateway_pid(ringwork)
    with load_on(ringwork, key) as load, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ringwork.kill()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ringwork.start(estate, "--ports", "auto", "--nodes", address)
        assert ringwork.wait() == 2 and "listener-taken" in ringwork.output()
        answers_more(load)
        assert ringwork.up(estate)["gateway"]["pid"] == served_by
    assert load.failures == []


def test_a_gateway_that_ends_after_a_restart_is_started_again(ringwork: Ringwork, key: str) -> None:
    """It is its own child that the process has adopted then."""
    served_by = gateway_pid(ringwork)
    ringwork.begin_anew()
    os.kill(served_by, signal.SIGKILL)
    eventually(lambda: gateway_pid(ringwork) != served_by)
    eventually(lambda: not Path(f"/proc/{served_by}").exists())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_it_while_it_begins_anew_ends_the_gateway_too(
    ringwork: Ringwork, key: str, number: signal.Signals
) -> None:
    served_by = gateway_pid(ringwork)
    ringwork.send(signal.SIGUSR2)
    ringwork.send(number)
    ringwork.wait()
    assert command_line(served_by) == ""
    assert "Traceback" not in ringwork.output()


@pytest.fixture
def edge(ringwork: Ringwork, estate: Path, tmp_path: Path) -> Iterator[Elsewhere]:
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    elsewhere = Elsewhere(ringwork, tmp_path / "edge")
    elsewhere.serve("public")
    yield elsewhere
    elsewhere.clean_up()


def test_a_gateway_elsewhere_serves_on_while_its_agent_begins_anew(edge: Elsewhere, estate: Path) -> None:
    served_by = edge.status()
    edge.send(signal.SIGUSR2)
    eventually(lambda: "was running and is adopted" in edge.output())
    (estate / "plans/gold.yaml").write_text("title: Gold\nlimits: { per_minute: 600 }\n")
    assert edge.control.json("apply", str(estate))["revision"] == 2
    edge.await_revision(2)
    assert served_by is not None and edge.status() is not None
    assert edge.status()["pid"] == served_by["pid"]  # type: ignore[index]


def test_up_ended_as_ever_takes_its_gateway_with_it(
    ringwork: Ringwork, estate: Path, upstream: Upstream
) -> None:
    pid = ringwork.up(write_estate(estate, upstream.port))["gateway"]["pid"]
    ringwork.begin_anew()
    assert ringwork.end(signal.SIGTERM) == 0
    assert command_line(pid) == ""
