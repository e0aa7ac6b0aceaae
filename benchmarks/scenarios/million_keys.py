"""A million keys on the node against a thousand: `million_keys_vs_thousand`, `gateway_rss_mb_million_keys`."""

from __future__ import annotations

from benchmarks.contenders.setting import Setting
from benchmarks.harness.intents import PREFIX
from benchmarks.harness.memory import rss_mb
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.harness.traffic import traffic
from benchmarks.scenarios.contest import Entry, contest, requests_per_s

ROUNDS = 4
# Enough different keys that the store's pages are in use, not a few of them.
REQUESTS = 100_000
RATIO = "million_keys_vs_thousand"
MEMORY = "gateway_rss_mb_million_keys"


def measure(setting: Setting) -> list[Result]:
    entries = {
        name: Entry(traffic(PREFIX, keys_in_use=keys, requests_in_turn=REQUESTS))
        for name, keys in (("thousand-keys", 1_000), ("million-keys", 1_000_000))
    }
    with contest(setting, entries) as gateways:
        rounds = ratios(requests_per_s(gateways, ROUNDS), "million-keys", "thousand-keys")
        used_mb = rss_mb(gateways["million-keys"].pid)
    return [
        Result(RATIO, middle(rounds), "x", rounds, "the same with 1,000 keys", Must(">=", 0.95)),
        Result(MEMORY, used_mb, "MB", (used_mb,), "nothing", Must("<=", 300)),
    ]
