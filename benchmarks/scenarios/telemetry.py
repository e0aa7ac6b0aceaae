"""Metrics on and traces sampled against neither: `telemetry_vs_without`."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting
from benchmarks.harness.processes import free_port
from benchmarks.harness.results import Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.scenarios.contest import Entry, contest, requests_per_s
from ringwork.intent.model import MetricsIntent, ObservabilityIntent, TracesIntent

ROUNDS = 4
SAMPLE_PER_MILLION = 10_000
NAME = "telemetry_vs_without"


def measure(setting: Setting) -> Result:
    """The gateway's own part: a span for every call, one in a hundred recorded. The exporter is another process."""
    observed = ObservabilityIntent(
        metrics=MetricsIntent(f"127.0.0.1:{free_port()}", 10_000),
        traces=TracesIntent(SAMPLE_PER_MILLION),
    )
    entries = {
        "without": Entry(setting.traffic),
        "telemetry": Entry(setting.traffic, observability=observed),
    }
    with contest(setting, entries) as gateways:
        rounds = ratios(requests_per_s(gateways, ROUNDS), "telemetry", "without")
    return Result(NAME, middle(rounds), "x", rounds, "the same without metrics and traces")
