"""`ringwork up` on acme with nothing on disk, to the first call its gateway answers with 200: `cold_start_s`.

The clock includes the interpreter, reading and compiling the estate, a certificate authority and its keys, the
first revision, the gateway, and making an API key through the admin API to call with. The service called is up
before: starting services is not Ringwork's.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.plane import wait_until_ready
from benchmarks.harness.processes import end, free_port, https_status, running
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle
from benchmarks.harness.traffic import request
from examples.acme.stage import ESTATE, SERVICE_PORTS
from examples.runner.estates import copy_with_ports

ROUNDS = 5
LONGEST_S = 60.0
NAME = "cold_start_s"
PATH = "/shop/v2/orders/42"


def measure(setting: Setting, ringwork: Path) -> Result:
    with running(upstream(setting), setting.work):
        rounds = tuple(_cold_start_s(setting, ringwork, turn) for turn in range(ROUNDS))
    return Result(NAME, middle(rounds), "s", rounds, "nothing", Must("<=", 3))


def _cold_start_s(setting: Setting, ringwork: Path, turn: int) -> float:
    state = setting.work / f"state-{turn}"
    estate = copy_with_ports(ESTATE, setting.work / f"estate-{turn}", _ports(setting))
    command = [str(ringwork), "up", str(estate), "--state", str(state), "--ports", "auto"]
    with (setting.work / f"up-{turn}.log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            endpoints = wait_until_ready(state / "endpoints.json", process, LONGEST_S)
            _call(endpoints)
            return time.perf_counter() - began
        finally:
            end(process)


def _ports(setting: Setting) -> dict[int, int]:
    """acme's services at other ports; the one that is called is the upstream of all scenarios."""
    ports = {port: free_port() for port in SERVICE_PORTS.values()}
    return ports | {SERVICE_PORTS["orders"]: setting.upstream_port}


def _call(endpoints: dict[str, Any]) -> None:
    """A call with a key made for it. Raises ConnectionError when it is not answered with 200."""
    key = _made_key(endpoints["admin"])
    port = urlsplit(endpoints["rings"]["public"]["base_url"]).port
    if port is None:
        raise ConnectionError("the public ring has no port")
    status = https_status(port, request(PATH, key))
    if status != 200:
        raise ConnectionError(f"{PATH} was answered with {status}")


def _made_key(admin: dict[str, Any]) -> str:
    order = json.dumps({"ring": "public", "consumer": "bench", "plan": "free"}).encode()
    headers = {
        "Authorization": f"Bearer {Path(admin['token_file']).read_text().strip()}",
        "Content-Type": "application/json",
    }
    asked = urllib.request.Request(f"{admin['url'].rstrip('/')}/keys", data=order, headers=headers)
    with urllib.request.urlopen(asked, timeout=10) as answer:
        key: str = json.load(answer)["key"]
        return key
