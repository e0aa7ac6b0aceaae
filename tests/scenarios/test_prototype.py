"""A prototype: an API whose service is its contract (`upstream: "mock:"`)."""

from __future__ import annotations

import json
import os
import signal
import ssl
from pathlib import Path

import httpx
import pytest

from tests.scenarios.conversation import Say
from tests.support.estates import write, write_estate
from tests.support.running import Ringwork, command_line, eventually

CONTRACT = """\
openapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
paths:
  /orders/{orderId}:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]
    get:
      x-audience: public
      operationId: getOrder
      responses:
        '200':
          description: Fine
          content:
            application/json:
              schema:
                type: object
                properties: { orderId: { type: string }, state: { type: string, example: EXAMPLE } }
"""


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    root = write_estate(tmp_path / "estate", 9)
    manifest = root / "apis/orders/api.yaml"
    manifest.write_text(manifest.read_text().replace("http://127.0.0.1:9/orders-service", '"mock:"'))
    write(root / "apis/orders/v1.yaml", CONTRACT.replace("EXAMPLE", "placed"))
    return root


def order(ringwork: Ringwork) -> httpx.Response:
    """Order 77 as the public ring answers it."""
    key = ringwork.json("key", "create", "--ring", "public", "--consumer", "ada", "--plan", "free")["key"]
    public = ringwork.endpoints()["rings"]["public"]
    context = ssl.create_default_context(cafile=public["ca_file"])
    url = f"{public['base_url']}/shop/v1/orders/77"
    return httpx.get(url, headers={"x-api-key": key}, verify=context, trust_env=False, timeout=30.0)


def mocks_of(ringwork: Ringwork) -> list[int]:
    """Pids of this state's mocks."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    words = ("ringwork.fleet.mocks", str(ringwork.state))
    return [pid for pid in pids if all(word in command_line(pid) for word in words)]


def test_a_prototype_is_called_like_any_api_and_follows_its_contract(
    ringwork: Ringwork, estate: Path
) -> None:
    ringwork.up(estate)
    answer = order(ringwork)
    assert (answer.status_code, answer.json()) == (200, {"orderId": "77", "state": "placed"})
    write(estate / "apis/orders/v1.yaml", CONTRACT.replace("EXAMPLE", "sent"))
    assert ringwork.run("apply", str(estate)).returncode == 0
    assert order(ringwork).json()["state"] == "sent"


def test_mocks_that_die_come_back_and_end_with_the_last_prototype(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    eventually(lambda: len(mocks_of(ringwork)) == 1)
    (pid,) = mocks_of(ringwork)
    os.kill(pid, signal.SIGKILL)
    assert order(ringwork).status_code == 200
    manifest = estate / "apis/orders/api.yaml"
    manifest.write_text(manifest.read_text().replace('"mock:"', "http://127.0.0.1:9/orders-service"))
    assert ringwork.run("apply", str(estate)).returncode == 0
    eventually(lambda: not mocks_of(ringwork))


def test_mocks_end_with_what_started_them(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    eventually(lambda: len(mocks_of(ringwork)) == 1)
    ringwork.kill()
    eventually(lambda: not mocks_of(ringwork))
    ringwork.up(estate)
    assert order(ringwork).status_code == 200
    assert ringwork.end() == 0
    assert not mocks_of(ringwork)


def findings(say: Say, estate: Path, *options: str) -> list[tuple[str, str, int]]:
    # Whatever is live where the tests are run from.
    nowhere = ("--state", estate.parent / "nothing")
    plan = json.loads(say("plan", estate, "--format", "json", *nowhere, *options).out)
    found = [each for each in plan["findings"] if each["code"].startswith("upstream")]
    return [(each["code"], each["severity"], each["line"]) for each in found]


def test_plan_says_that_it_is_a_prototype_and_warns_where_outsiders_would_believe_it(
    say: Say, estate: Path
) -> None:
    assert findings(say, estate) == [("upstream-mock", "warning", 4)]
    manifest = estate / "apis/orders/api.yaml"
    manifest.write_text(manifest.read_text().replace("audience: public", "audience: internal"))
    assert findings(say, estate) == [("upstream-mock", "info", 4)]


def test_what_means_nothing_to_a_mock_is_a_mistake(say: Say, estate: Path) -> None:
    manifest = estate / "apis/orders/api.yaml"
    text = manifest.read_text().replace('"mock:"', '\n  url: "mock:"\n  host: preserve\n  timeout: 3s')
    manifest.write_text(text)
    assert ("upstream-mock-option", "error", 6) in findings(say, estate)


def test_one_environment_may_have_the_service_and_another_its_mock(say: Say, estate: Path) -> None:
    write(estate / "environments/test.yaml", "apis: { orders: { upstream: 'http://127.0.0.1:9/real' } }\n")
    write(estate / "environments/sandbox.yaml", "apis: { stock: { upstream: 'mock:' } }\n")
    assert findings(say, estate, "--environment", "test") == []
    assert {code for code, _, _ in findings(say, estate, "--environment", "sandbox")} == {"upstream-mock"}
