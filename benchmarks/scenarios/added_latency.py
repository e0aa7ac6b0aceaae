"""What the policy adds to the slowest hundredth of requests at half of bare Pingora's load: `added_p99_ms`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import differences, interleaved, middle
from benchmarks.harness.steady_load import steady_load
from benchmarks.scenarios.stage import Stage

ROUNDS = 6
SECONDS = 8.0
NAME = "added_p99_ms"


def measure(stage: Stage, generator: Path, bare_requests_per_s: float) -> Result:
    """`bare_requests_per_s`: what bare Pingora bore in the throughput rounds."""
    rate = bare_requests_per_s / 2

    def latency_ms_p99(name: str) -> float:
        return steady_load(
            generator, stage.ports[name], stage.requests, requests_per_s=rate, seconds=SECONDS
        ).p99_ms

    figures = interleaved(("policy", "bare"), ROUNDS, latency_ms_p99)
    rounds = differences(figures, "policy", "bare")
    told = f"bare Pingora at {rate:,.0f} requests/s"
    return Result(NAME, middle(rounds), "ms", rounds, told, Must("<=", 0.3))
