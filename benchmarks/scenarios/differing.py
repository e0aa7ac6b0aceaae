"""Two revisions of GitHub's description compared, by us and by oasdiff: `diff_vs_oasdiff`, `diff_rss_vs_oasdiff`.

Each is its command line, from the start of the process to its end; both print the same flat findings as JSON.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import interleaved, middle
from benchmarks.scenarios.linting import run

ROUNDS = 5
# What tools/oasdiff fetches.
_OASDIFF = Path(__file__).resolve().parents[2] / ".cache/oasdiff"


def measure(ringwork: Path) -> list[Result]:
    """`ringwork`: the installed command."""
    revisions = [str(_OASDIFF / name) for name in ("old.json", "new.json")]
    commands = {
        "ours": [str(ringwork), "diff", *revisions, "--format", "oasdiff", "--fail-on", "never"],
        "oasdiff": [str(_OASDIFF / "oasdiff"), "changelog", *revisions, "--format", "json"],
    }
    runs = interleaved(list(commands), ROUNDS, lambda name: run(commands[name]))
    pairs = list(zip(runs["oasdiff"], runs["ours"], strict=True))
    times = tuple(theirs.seconds / ours.seconds for theirs, ours in pairs)
    memory = tuple(ours.rss_mb / theirs.rss_mb for theirs, ours in pairs)
    told = f"oasdiff 1.33, {middle([theirs.seconds for theirs, _ in pairs]):.1f} s"
    size = f"oasdiff 1.33, {middle([theirs.rss_mb for theirs, _ in pairs]):.0f} MB"
    return [
        Result("diff_vs_oasdiff", middle(times), "x", times, told, Must(">=", 3)),
        Result("diff_rss_vs_oasdiff", middle(memory), "x", memory, size, Must("<=", 1)),
    ]
