"""GitHub's description linted by us and by others: `lint_vs_spectral_github`, `lint_owasp_vs_spectral`,
`lint_vs_redocly`, `lint_rss_mb_github`.

Each is its command line, from the start of the process to its end, its findings as JSON.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness.launched import Launched, Run
from benchmarks.harness.results import Must, Result
from benchmarks.harness.rounds import interleaved, middle

DOCUMENT = "api/github.com/api.github.com.json"
# Spectral needs about two minutes for each, with the OWASP rules more.
ROUNDS = 2
_ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = _ROOT / ".cache/spectral"
_SPECTRAL = _INSTALLED / "node_modules/@stoplight/spectral-cli/dist/index.js"
_REDOCLY = _INSTALLED / "node_modules/@redocly/cli/bin/cli.js"
# V8 gives up at 2 GB unless told otherwise.
_HEAP = "--max-old-space-size=8192"
_FOUND = (0, 1)


def measure(ringwork: Path, corpus: Path) -> list[Result]:
    """`ringwork`: the installed command."""
    document = str(corpus / DOCUMENT)
    oas, owasp = _ruleset("spectral:oas"), _ruleset("@stoplight/spectral-owasp-ruleset")
    ours = {name: _ours(ringwork, document, ruleset) for name, ruleset in (("oas", oas), ("owasp", owasp))}
    first = _rounds({"ours": ours["oas"], "theirs": _spectral(document, oas)})
    second = _rounds({"ours": ours["owasp"], "theirs": _spectral(document, owasp)})
    third = _rounds({"ours": ours["oas"], "theirs": _redocly(document)})
    memory = tuple(run.rss_mb for runs in (first, second) for run in runs["ours"])
    return [
        _ratio("lint_vs_spectral_github", "Spectral 6.16", first, Must(">=", 10)),
        _ratio("lint_owasp_vs_spectral", "Spectral 6.16", second, Must(">=", 10)),
        _ratio("lint_vs_redocly", "Redocly 2.77", third, Must(">=", 1)),
        Result("lint_rss_mb_github", max(memory), "MB", memory, "nothing", Must("<=", 400)),
    ]


def _ours(ringwork: Path, document: str, ruleset: Path) -> list[str]:
    return [str(ringwork), "lint", document, "--ruleset", str(ruleset), "--format", "spectral"]


def _spectral(document: str, ruleset: Path) -> list[str]:
    return [_node(), _HEAP, str(_SPECTRAL), "lint", document, "--ruleset", str(ruleset), "--format", "json"]


def _redocly(document: str) -> list[str]:
    """With the rules it has on by itself, and as many findings as there are."""
    return [_node(), str(_REDOCLY), "lint", document, "--format=json", "--max-problems=1000000"]


def _node() -> str:
    return shutil.which("node") or str(_ROOT / ".venv/bin/node")


def _ruleset(extends: str) -> Path:
    """A file that extends it, where Spectral finds packages: beside `node_modules`."""
    file = _INSTALLED / f"bench-{extends.rpartition('/')[2].replace(':', '-')}.yaml"
    file.write_text(f'extends: "{extends}"\n')
    return file


def _rounds(commands: Mapping[str, list[str]]) -> Mapping[str, list[Run]]:
    return interleaved(list(commands), ROUNDS, lambda name: run(commands[name]))


def _ratio(name: str, whose: str, runs: Mapping[str, list[Run]], must: Must) -> Result:
    pairs = zip(runs["theirs"], runs["ours"], strict=True)
    times = tuple(theirs.seconds / ours.seconds for theirs, ours in pairs)
    seconds, memory = (middle([getattr(run, key) for run in runs["theirs"]]) for key in ("seconds", "rss_mb"))
    return Result(name, middle(times), "x", times, f"{whose}, {seconds:.0f} s, {memory:,.0f} MB", must)


def run(command: list[str]) -> Run:
    """One process; findings are no failure."""
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off"}
    away = subprocess.DEVNULL
    run = Launched(command, environment, stdout=away, stderr=away).ended()
    if run.code not in _FOUND:
        raise RuntimeError(f"{command[:3]} ended with {run.code}")
    return run
