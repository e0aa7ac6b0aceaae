"""GitHub's description held to `spectral:oas`, by us and by Spectral: `lint_vs_spectral_github`, `lint_rss_mb_github`.

Each is its command line, from the start of the process to its end, its findings as JSON.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import interleaved, middle

DOCUMENT = "api/github.com/api.github.com.json"
# Spectral needs about two minutes for each.
ROUNDS = 2
_ROOT = Path(__file__).resolve().parents[2]
_SPECTRAL = _ROOT / ".cache/spectral/node_modules/@stoplight/spectral-cli/dist/index.js"
_FOUND = (0, 1)


@dataclass(frozen=True)
class Run:
    """One process: how long it took, and the most memory it held."""

    seconds: float
    rss_mb: float


def measure(ringwork: Path, corpus: Path) -> list[Result]:
    """`ringwork`: the installed command."""
    document = str(corpus / DOCUMENT)
    node = shutil.which("node") or str(_ROOT / ".venv/bin/node")
    ruleset = corpus.parent / "spectral-oas.yaml"
    ruleset.write_text("extends: spectral:oas\n")
    shared = ["lint", document, "--ruleset", str(ruleset), "--format"]
    commands = {
        "ours": [str(ringwork), *shared, "spectral"],
        "spectral": [node, str(_SPECTRAL), *shared, "json"],
    }
    runs = interleaved(list(commands), ROUNDS, lambda name: run(commands[name]))
    pairs = zip(runs["spectral"], runs["ours"], strict=True)
    times = tuple(theirs.seconds / ours.seconds for theirs, ours in pairs)
    memory = tuple(run.rss_mb for run in runs["ours"])
    told = f"Spectral 6.16, {middle([run.seconds for run in runs['spectral']]):.0f} s"
    return [
        Result("lint_vs_spectral_github", middle(times), "x", times, told, Must(">=", 10)),
        Result("lint_rss_mb_github", max(memory), "MB", memory, "nothing", Must("<=", 400)),
    ]


def run(command: list[str]) -> Run:
    """One process; findings are no failure."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in _FOUND:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Run(seconds, usage.ru_maxrss / 1024)
