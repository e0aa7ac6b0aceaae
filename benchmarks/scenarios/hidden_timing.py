"""Whether time tells a hidden operation from one that does not exist: `hidden_vs_missing_p50` and `_p99`.

Law 2 is asserted on the wall's trace in the tests; here the two distributions are held beside each other.
"""

from __future__ import annotations

import random
import socket
import time
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.contenders.setting import Setting
from benchmarks.contenders.upstream import upstream
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.node import write_node
from benchmarks.harness.processes import PROXY_CORE, Program, free_port, running
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle
from benchmarks.harness.traffic import request

ROUNDS = 7
CALLS_PER_ROUND = 4_000
# Beside visible operations of the same collection, and as long as each other.
HIDDEN = "/resources-0/{id}/ledger"
PATHS = {"hidden": "/resources-0/8c1f0e52/ledger", "missing": "/resources-0/8c1f0e52/legder"}
BOUND = Must("<=", 1.05)


@dataclass(frozen=True)
class Timing:
    """`latencies_us`: which of the two → one list a round."""

    latencies_us: dict[str, list[list[float]]]

    def every(self, name: str) -> list[float]:
        return [latency for round_ in self.latencies_us[name] for latency in round_]


def measure(setting: Setting) -> Timing:
    """Both kinds of call in random order, over one kept connection without a key."""
    port, node = free_port(), setting.work / "hidden-node"
    write_node(
        node,
        port=port,
        upstream_port=setting.upstream_port,
        certificate=setting.certificate,
        traffic=setting.traffic,
        hidden=(HIDDEN,),
    )
    command = (setting.plain_gateway, "--node", node, "--threads", "1", "--plaintext")
    program = Program("hidden", command, PROXY_CORE, port)
    latencies: dict[str, list[list[float]]] = {name: [] for name in PATHS}
    with running(upstream(setting), setting.work), running(program, setting.work):
        for turn in range(ROUNDS):
            for name, found in _round(port, seed=turn).items():
                latencies[name].append(found)
    return Timing(latencies)


def results(timing: Timing) -> list[Result]:
    """The slower of the two over the faster, whichever it is: 1 is no difference."""
    return [_result(timing, "hidden_vs_missing_p50", 50), _result(timing, "hidden_vs_missing_p99", 99)]


def _result(timing: Timing, name: str, percent: int) -> Result:
    pairs = zip(timing.latencies_us["hidden"], timing.latencies_us["missing"], strict=True)
    ratios = [_percentile(hidden, percent) / _percentile(missing, percent) for hidden, missing in pairs]
    value = max(middle(ratios), 1 / middle(ratios))
    return Result(name, value, "×", tuple(ratios), "an operation that does not exist", BOUND)


def _percentile(latencies: list[float], percent: int) -> float:
    return quantiles(latencies, n=100)[percent - 1]


def _round(port: int, seed: int) -> dict[str, list[float]]:
    """Latencies in microseconds. Raises ConnectionError when an answer is not 404."""
    order = list(PATHS) * CALLS_PER_ROUND
    random.Random(seed).shuffle(order)
    requests = {name: request(PREFIX + path, None) for name, path in PATHS.items()}
    found: dict[str, list[float]] = {name: [] for name in PATHS}
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name in order:
            began = time.perf_counter_ns()
            connection.sendall(requests[name])
            answer = connection.recv(65_536)
            found[name].append((time.perf_counter_ns() - began) / 1_000)
            if not answer.startswith(b"HTTP/1.1 404 "):
                raise ConnectionError(f"a {name} operation is answered {answer[:40]!r}")
    return found
