"""Who wrote a business record: from any ring and any gateway into one history, once, whatever is killed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.estates import OPEN, write_estate
from tests.support.remote import Elsewhere
from tests.support.running import Ringwork, eventually
from tests.support.service import Service
from tests.support.upstream import Upstream

_WRITING = f"""\
openapi: 3.1.0
info: {{ title: Orders, version: 1.0.0 }}
paths:
  /orders/{{orderId}}:
    parameters: [{{ name: orderId, in: path, required: true, schema: {{ type: string }} }}]
    get: {{ x-audience: public, operationId: getOrder, responses: {{ '200': {OPEN} }} }}
    put:
      x-audience: public
      operationId: putOrder
      x-record: {{ type: order, id: path.orderId }}
      responses: {{ '200': {OPEN} }}
  /cards:
    post:
      x-audience: public
      operationId: putCard
      x-record: {{ type: card, id: request.body#/number }}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties: {{ number: {{ type: string, x-sensitive: payment }} }}
      responses: {{ '200': {OPEN} }}
"""


@pytest.fixture
def estate(tmp_path: Path, upstream: Upstream) -> Path:
    root = write_estate(tmp_path / "estate", upstream.port)
    (root / "apis/orders/v1.yaml").write_text(_WRITING)
    (root / "plans/free.yaml").write_text("title: Free\nlimits: { per_minute: 600000, per_day: 9000000 }\n")
    return root


def key_for(ringwork: Ringwork, ring: str = "public") -> dict[str, Any]:
    whom = (
        ("--partner", "globex")
        if ring == "partner"
        else ("--ring", "public", "--consumer", "dev", "--plan", "free")
    )
    made: dict[str, Any] = ringwork.json("key", "create", *whom)
    return made


def client(ca_file: Path | str, **given: Any) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(ca_file))
    if "certificate" in given:
        context.load_cert_chain(given.pop("certificate"))
    return httpx.Client(verify=context, trust_env=False, timeout=30.0, **given)


def outside(ringwork: Ringwork, ring: str, key: str) -> httpx.Client:
    found = ringwork.endpoints()["rings"][ring]
    return client(found["ca_file"], base_url=found["base_url"], headers={"x-api-key": key})


def history(ringwork: Ringwork, id: str, type: str = "order") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ringwork.json("record", type, id)
    return found


def test_all_rings_write_into_one_history_that_an_auditor_verifies(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    ringwork.up(estate)
    keys = {ring: key_for(ringwork, ring) for ring in ("partner", "public")}
    for ring, key in keys.items():
        with outside(ringwork, ring, key["key"]) as calls:
            assert calls.put("/shop/v1/orders/7").status_code == 200
            assert calls.get("/shop/v1/orders/7").status_code == 200
    service = Service(ringwork, tmp_path)
    service.renew()
    internal = ringwork.endpoints()["rings"]["internal"]
    with client(internal["ca_file"], certificate=service.certificate) as calls:
        answered = calls.put(f"{internal['base_url']}/shop/v1/orders/7")
        assert answered.status_code == 200, answered.text
    eventually(lambda: len(history(ringwork, "7")) == 3)
    newest, second, oldest = history(ringwork, "7")
    assert [each["ring"] for each in (newest, second, oldest)] == ["internal", "public", "partner"]
    assert (newest["actor"], newest["credential"]) == ("service:billing", None)
    assert oldest["actor"].startswith("application:globex/")
    assert oldest["credential"] == f"key:{keys['partner']['id']}"
    assert newest["request"] == answered.headers["x-request-id"]
    assert {each["status"] for each in history(ringwork, "7")} == {200}
    shown = ringwork.run("record", "order", "7").stdout
    assert "service:billing" in shown and "putOrder" in shown and newest["request"] in shown
    assert "Nobody wrote order 8" in ringwork.run("record", "order", "8").stdout
    export = tmp_path / "ledger.jsonl"
    assert ringwork.run("ledger", "export", "--out", str(export)).returncode == 0
    trusted = ringwork.run("ledger", "key").stdout.strip()
    words = [sys.executable, "-m", "ringwork", "ledger", "verify", str(export), "--key", trusted]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_a_sensitive_id_is_found_and_stands_nowhere(ringwork: Ringwork, estate: Path) -> None:
    ringwork.up(estate)
    with outside(ringwork, "public", key_for(ringwork)["key"]) as calls:
        assert calls.post("/shop/v1/cards", json={"number": "4111222233334444"}).status_code == 200
    eventually(lambda: len(history(ringwork, "4111222233334444", "card")) == 1)
    assert history(ringwork, "4111222233334445", "card") == []
    held = b"".join(path.read_bytes() for path in ringwork.state.rglob("*") if path.is_file())
    assert b"4111222233334444" not in held


def test_a_history_is_told_elsewhere_to_whoever_may_hear_it_and_here_while_nothing_runs(
    ringwork: Ringwork, estate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ringwork.up(estate)
    key = key_for(ringwork)["key"]
    with outside(ringwork, "public", key) as calls:
        for _ in range(3):
            assert calls.post("/shop/v1/cards", json={"number": "a/b?c"}).status_code == 200
    eventually(lambda: len(history(ringwork, "a/b?c", "card")) == 3)
    here = history(ringwork, "a/b?c", "card")
    admin = ringwork.endpoints()["admin"]
    with monkeypatch.context() as environment:
        environment.setenv("RINGWORK_URL", admin["url"])
        environment.setenv("RINGWORK_TOKEN", "nobody's")
        elsewhere = Ringwork(tmp_path / "nothing-here")
        assert elsewhere.run("record", "card", "a/b?c").returncode != 0
        environment.setenv("RINGWORK_TOKEN", Path(admin["token_file"]).read_text())
        assert elsewhere.json("record", "card", "a/b?c") == here
        assert elsewhere.json("record", "card", "a/b?c", "--limit", "2") == here[:2]
        assert not elsewhere.state.exists()
    with outside(ringwork, "public", key) as calls:
        assert calls.post("/shop/v1/cards", json={"number": ".."}).status_code == 200
        eventually(lambda: len(history(ringwork, "..", "card")) == 1)
        assert calls.post("/shop/v1/cards", json={"number": "last"}).status_code == 200
    ringwork.end()
    assert ringwork.json("record", "card", "a/b?c", "--limit", "2") == here[:2]
    assert len(history(ringwork, "last", "card")) == 1, "it was read before the control plane ended"


def test_a_gateway_elsewhere_writes_into_the_same_history(
    ringwork: Ringwork, estate: Path, tmp_path: Path
) -> None:
    ringwork.up(estate, "--nodes", "127.0.0.1:0")
    key = key_for(ringwork)["key"]
    edge = Elsewhere(ringwork, tmp_path / "edge")
    try:
        edge.serve("public")
        ca = ringwork.state / "control/ca-outer.pem"
        with client(
            ca, base_url=f"https://localhost:{edge.ports['public']}", headers={"x-api-key": key}
        ) as calls:
            eventually(lambda: calls.get("/shop/v1/orders/7").status_code == 200)
            assert calls.put("/shop/v1/orders/7").status_code == 200
            eventually(lambda: len(history(ringwork, "7")) == 1)
            # Cut off, it waits at the gateway; nothing is told twice.
            ringwork.kill()
            assert calls.put("/shop/v1/orders/7").status_code == 200
            ringwork.up(estate, "--nodes", "127.0.0.1:0")
            edge.kill()
            edge.start(control=None)
    finally:
        eventually(lambda: len(history(ringwork, "7")) >= 1)
        edge.clean_up()
    assert {each["gateway"] for each in history(ringwork, "7")} == {"edge-1"}


class Writers:
    """Write without end, a new order each time, and remember what was answered."""

    def __init__(self, ringwork: Ringwork, key: str) -> None:
        found = ringwork.endpoints()["rings"]["public"]
        self._url, self._ca, self._key = found["base_url"], found["ca_file"], key
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write) for _ in range(3)]
        self.answered: list[str] = []

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        while not self._stopping.is_set():
            with (
                contextlib.suppress(httpx.HTTPError, OSError),
                client(self._ca, base_url=self._url, headers={"x-api-key": self._key}) as calls,
            ):
                while not self._stopping.is_set():
                    answer = calls.put("/shop/v1/orders/99")
                    if answer.status_code == 200:
                        self.answered.append(answer.headers["x-request-id"])
                    time.sleep(0.002)


def test_whatever_is_killed_every_write_the_service_saw_is_entered_once(
    ringwork: Ringwork, estate: Path, upstream: Upstream, tmp_path: Path
) -> None:
    chance = random.Random(20261122)
    ringwork.up(estate)
    begun = len(upstream.seen)
    with Writers(ringwork, key_for(ringwork)["key"]) as writers:
        for _ in range(4):
            time.sleep(chance.uniform(0.3, 1.5))
            os.kill(ringwork.endpoints()["gateway"]["pid"], signal.SIGKILL)
            time.sleep(chance.uniform(0.3, 1.5))
            ringwork.kill()
            time.sleep(chance.uniform(0.0, 0.5))
            ringwork.up(estate)
        eventually(lambda: len(writers.answered) > 50)
    seen = {each["headers"]["x-ringwork-request-id"] for each in upstream.seen[begun:]}
    assert seen >= {*writers.answered}

    def entered() -> list[dict[str, Any]]:
        export = tmp_path / "ledger.jsonl"
        assert ringwork.run("ledger", "export", "--out", str(export)).returncode == 0
        found = [json.loads(line) for line in export.read_text().splitlines()]
        return [each["call"] for each in found if each.get("action") == "record.write"]

    eventually(lambda: {call["request"] for call in entered()} >= seen)
    calls = entered()
    requests = [call["request"] for call in calls]
    assert len(requests) == len({*requests}), "a write was entered twice"
    for call in calls:
        assert call["request"] in seen or call["outcome"] == "unknown", call
