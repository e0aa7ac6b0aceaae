"""The gateway with two threads on both cores against one thread on one: `two_threads_vs_one`."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting
from benchmarks.harness.results import Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.scenarios.contest import Entry, contest, requests_per_s

ROUNDS = 4
NAME = "two_threads_vs_one"


def measure(setting: Setting) -> Result:
    """Load generator and service stay on the second core: what the second thread gains, it takes from them."""
    entries = {"one": Entry(setting.traffic), "two": Entry(setting.traffic, threads=2)}
    with contest(setting, entries) as gateways:
        rounds = ratios(requests_per_s(gateways, ROUNDS), "two", "one")
    return Result(NAME, middle(rounds), "x", rounds, "one thread; the second core is the load's as well")
