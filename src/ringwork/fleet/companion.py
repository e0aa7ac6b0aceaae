"""A module of ours as a process beside the control plane or a gateway: what every supervisor of one does."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ringwork.fleet.pauses import Pauses
from ringwork.fleet.process import own_log

# A process that lived this long has started well.
_SETTLED_SECONDS = 60.0


class Companion:
    """At most one process of `module`, which writes into `log` and ends when its input does. `pauses` are those between
    starts; they begin anew after a process that lasted. Used by one thread.
    """

    def __init__(self, module: str, log: Path, *, ending_seconds: float) -> None:
        self.pauses = Pauses()
        self._module = module
        self._log = log
        self._ending_seconds = ending_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @property
    def is_started(self) -> bool:
        """Whether there is one, also if it ended since."""
        return self._process is not None

    def start(self, arguments: Sequence[str], *, pass_fds: Sequence[int] = ()) -> None:
        """Raises OSError where it cannot be started."""
        with own_log(self._log).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def ended(self) -> int | None:
        """The exit code of a process that ended by itself, which then is none any more; None while it runs."""
        code = None if self._process is None else self._process.poll()
        if code is not None:
            self.end()
            if time.monotonic() - self._started_at >= _SETTLED_SECONDS:
                self.pauses.reset()
        return code

    def end(self) -> None:
        """By the end of its input, then by force."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # it was asked for
        process.stdin.close()
        try:
            process.wait(self._ending_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
