"""Load at a steady rate, by the example `steady_load` of the crate `server`: how long requests took."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.load import LoadFailed
from benchmarks.harness.processes import LOAD_CORE


@dataclass(frozen=True)
class Latency:
    """Milliseconds from when a request was due to the end of its answer."""

    p50_ms: float
    p99_ms: float


def steady_load(
    program: Path, port: int, requests: Path, *, requests_per_s: float, seconds: float
) -> Latency:
    """Requests become due at random times of this mean rate, whether or not earlier ones were answered.

    Raises LoadFailed when an answer was not 200 or did not come.
    """
    arguments = [str(port), str(requests), f"{requests_per_s:.0f}", f"{seconds:g}"]
    command = ["taskset", "--cpu-list", str(LOAD_CORE), str(program), *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if finished.returncode != 0:
        raise LoadFailed(finished.stderr)
    said = json.loads(finished.stdout)
    return Latency(said["p50_us"] / 1e3, said["p99_us"] / 1e3)
