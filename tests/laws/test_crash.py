"""Law 7 and the promise of a last good state, by brute force; `make crash` does it for longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROUNDS = 120
SEED = 20261121


def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_nothing_half_done_is_used(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.laws.crashing", str(tmp_path / "state"), str(SEED), str(ROUNDS)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == [], found
    assert found["acknowledged"] > ROUNDS / 4 and found["gateway_restarts"] > 20 and found["answered"] > 0
