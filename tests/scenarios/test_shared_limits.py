"""From `shared_limits` in ringwork.yaml to what `ringwork status` says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.test_key import PUBLIC, status
from tests.scenarios.test_secret import set_secret
from tests.support.redis_server import RedisServer
from tests.support.running import Ringwork, eventually

PASSWORD = "never-to-be-seen"


@pytest.fixture
def server() -> Iterator[RedisServer]:
    server = RedisServer("--requirepass", PASSWORD)
    yield server
    server.close()


def share(estate: Path, server: RedisServer) -> None:
    url = f"redis://127.0.0.1:{server.port}"
    with (estate / "ringwork.yaml").open("a") as file:
        file.write(f"shared_limits: {{url: '{url}', gateways: 3, password: 'secret://limits'}}\n")


def limits(ringwork: Ringwork) -> str:
    """What the command says of them."""
    lines = ringwork.run("status").stdout.splitlines()
    return next((line for line in lines if line.startswith("limits ")), "")


def test_limits_are_shared_once_there_is_a_password_and_calls_go_on_without(
    ringwork: Ringwork, estate: Path, server: RedisServer
) -> None:
    share(estate, server)
    planned = ringwork.run("plan", str(estate))
    assert "secret://limits has no value here" in planned.stdout
    ringwork.up(estate)
    key = ringwork.json(*PUBLIC)["key"]
    assert status(ringwork, key) == 200
    eventually(lambda: "secret://limits has no value on this node" in limits(ringwork))
    assert ringwork.run("status").returncode == 1
    set_secret(ringwork, "limits", PASSWORD)
    eventually(lambda: "shared by 1 of 3 gateways" in limits(ringwork))
    assert status(ringwork, key) == 200 and ringwork.run("status").returncode == 0
    server.kill()
    eventually(lambda: "it goes on with 1/3 of each" in limits(ringwork))
    said = ringwork.run("status")
    assert said.returncode == 1 and "limits are not shared since" in said.stdout
    assert status(ringwork, key) == 200
    assert PASSWORD not in said.stdout
