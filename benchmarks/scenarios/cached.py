"""Responses from memory against the service asked each time: `cached_vs_upstream`."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting
from benchmarks.harness.results import Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.scenarios.contest import Entry, contest, requests_per_s
from ringwork.intent.model import CacheIntent

ROUNDS = 4
NAME = "cached_vs_upstream"
# Longer than the measurement: after the first round nearly every answer is a hit.
_KEPT = CacheIntent(
    operations=None, ttl_ms=3_600_000, shared=True, vary=(), stale_if_error_ms=0, max_object_bytes=1024 * 1024
)


def measure(setting: Setting) -> Result:
    """Hits are authenticated, limited and logged as any call; the service is nginx on the other core."""
    entries = {"upstream": Entry(setting.traffic), "cached": Entry(setting.traffic, cache=_KEPT)}
    with contest(setting, entries) as gateways:
        rounds = ratios(requests_per_s(gateways, ROUNDS), "cached", "upstream")
    return Result(NAME, middle(rounds), "x", rounds, "the same with every request sent to the service")
