"""2,639 real APIs beside the one that is called, against that one alone: `corpus_vs_one_api`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.setting import Setting
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle, ratios
from benchmarks.scenarios.contest import Entry, contest, requests_per_s
from ringwork.governance.assess import assess

ROUNDS = 4
NAME = "corpus_vs_one_api"


def measure(setting: Setting, estate: Path) -> Result:
    """`estate`: made of all documents of the corpus. The requests are the same for both."""
    intent = assess(estate).intent
    if intent is None:
        raise RuntimeError(f"{estate} has no sound ringwork.yaml")
    entries = {"one-api": Entry(setting.traffic), "corpus": Entry(setting.traffic, intent.apis)}
    with contest(setting, entries) as gateways:
        rounds = ratios(requests_per_s(gateways, ROUNDS), "corpus", "one-api")
    told = f"the same gateway with one API ({len(intent.apis):,} beside it here)"
    return Result(NAME, middle(rounds), "x", rounds, told, Must(">=", 0.95))
