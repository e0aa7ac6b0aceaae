"""The projection filter alone, on one core, in GB of body a second: `filter_gb_per_s` and one figure for each size."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.harness.processes import PROXY_CORE
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import middle

NAME = "filter_gb_per_s"
SIZES = ("0k4", "4k", "100k")
SECONDS_EACH = 3


def measure(filter_rate: Path) -> list[Result]:
    """`filter_rate`: the example of that name of the crate `wall`, release build. The size of 4 kB stands for all."""
    rounds = dict(zip(SIZES, _rates(filter_rate), strict=True))
    must = Must(">=", 1)
    results = [Result(NAME, middle(rounds["4k"]), "GB/s", rounds["4k"], "nothing", must)]
    for size, rates in rounds.items():
        results.append(Result(f"{NAME}_{size}", middle(rates), "GB/s", rates, "nothing", must))
    return results


def _rates(filter_rate: Path) -> list[tuple[float, ...]]:
    command = ["taskset", "--cpu-list", str(PROXY_CORE), str(filter_rate), str(SECONDS_EACH)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(json.loads(line)["gb_per_s"]) for line in finished.stdout.splitlines()]
