"""A command in a process whose peak memory is its own.

What the benchmark itself holds would count as its children's: `ru_maxrss` survives execve (getrusage(2)). So this file
is run as a small process in between: `launched.py REPORT COMMAND…` starts the command with its own input and output,
and writes to REPORT what it came to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took, from its start to its end."""

    code: int
    seconds: float
    rss_mb: float


class Launched:
    """A command that runs."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str] | None = None, **pipes: Any
    ) -> None:
        """`pipes`: `stdin`, `stdout`, `stderr` as subprocess.Popen takes them."""
        self._folder = tempfile.TemporaryDirectory(prefix="ringwork-launched-")
        self._report = Path(self._folder.name) / "report.json"
        between = [sys.executable, "-I", __file__, str(self._report), *command]
        self._process = subprocess.Popen(between, env=environment, **pipes)

    @property
    def stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def ended(self) -> Run:
        """Waits for its end."""
        self._process.wait()
        run = Run(**json.loads(self._report.read_text()))
        self._folder.cleanup()
        return run


def _launch(report: str, *command: str) -> None:
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    told = {"code": os.waitstatus_to_exitcode(status), "seconds": time.perf_counter() - began}
    Path(report).write_text(json.dumps(told | {"rss_mb": usage.ru_maxrss / 1024}))


if __name__ == "__main__":
    _launch(*sys.argv[1:])
