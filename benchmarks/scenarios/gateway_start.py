"""The gateway alone, from disk, without a control plane, to its first answered call: `gateway_start_ms`."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.node import write_node
from benchmarks.harness.processes import PROXY_CORE, Program, end, free_port, https_status, running
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle

ROUNDS = 10
LONGEST_S = 30.0
NAME = "gateway_start_ms"


def measure(setting: Setting) -> Result:
    """A process started, a call answered by the service behind it, the process ended; ten times."""
    node, port = setting.work / "start-node", free_port()
    write_node(
        node,
        port=port,
        upstream_port=setting.upstream_port,
        certificate=setting.certificate,
        traffic=setting.traffic,
    )
    command = (setting.gateway, "--node", node, "--threads", "1")
    program = Program("gateway", command, PROXY_CORE, port)
    with running(upstream(setting), setting.work):
        rounds = tuple(_start_ms(program, setting.traffic.requests[0], setting.work) for _ in range(ROUNDS))
    return Result(NAME, middle(rounds), "ms", rounds, "nothing", Must("<=", 200))


def _start_ms(program: Program, request: bytes, work: Path) -> float:
    with (work / "start.log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(list(map(str, program.command)), stdout=log, stderr=log)
        try:
            _wait_for_answer(program.port, request, began)
            return (time.perf_counter() - began) * 1000
        finally:
            end(process)


def _wait_for_answer(port: int, request: bytes, began: float) -> None:
    """Raises TimeoutError."""
    while time.perf_counter() - began < LONGEST_S:
        try:
            if https_status(port, request) == 200:
                return
        except OSError:
            pass
        time.sleep(0.001)
    raise TimeoutError(f"no answer on {port} within {LONGEST_S} s")
