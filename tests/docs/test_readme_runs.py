"""The commands README gives a newcomer work as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_start_your_own_runs_as_written(tmp_path: Path) -> None:
    """All but the installation, which `tests/packaging` tests with the real wheel."""
    section = (REPOSITORY / "README.md").read_text().partition("## Start your own")[2]
    lines = section.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert lines[0] == "pipx install ."
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines[1:])],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "estate" / "ringwork.yaml").is_file()
