"""What the policy adds to the slowest hundredth of requests at half of bare Pingora's load: `added_p99_ms`."""

from __future__ import annotations

from benchmarks.harness.load import load
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import differences, interleaved, middle
from benchmarks.scenarios.stage import Stage

ROUNDS = 6
SECONDS = 8.0
# wrk's pauses are whole milliseconds: enough connections make any rate out of them.
PAUSE_MS = 10
NAME = "added_p99_ms"


def measure(stage: Stage, bare_requests_per_s: float) -> Result:
    """`bare_requests_per_s`: what bare Pingora bore in the throughput rounds."""
    connections = round(bare_requests_per_s / 2 * PAUSE_MS / 1000)

    def latency_ms_p99(name: str) -> float:
        port = stage.ports[name]
        return load(
            port, stage.requests, seconds=SECONDS, pause_ms=PAUSE_MS, connections=connections
        ).latency_ms_p99

    figures = interleaved(("policy", "bare"), ROUNDS, latency_ms_p99)
    rounds = differences(figures, "policy", "bare")
    told = f"bare Pingora at {bare_requests_per_s / 2:,.0f} requests/s"
    return Result(NAME, middle(rounds), "ms", rounds, told, Must("<=", 0.3))
