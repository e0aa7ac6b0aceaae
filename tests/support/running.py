"""`ringwork` as a user runs it: one process for `up`, one for each command."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support import forked
from tests.support.locking import lock_exposure

# How long anything may take on a machine under load; nothing waits that long when it works.
PATIENCE_SECONDS = 60.0


Process = subprocess.Popen[bytes] | forked.Forked


class Ringwork:
    """One state directory, and the `up` that runs on it. `reviews`: whatever an estate exposes when it is applied was
    reviewed, so its lock says so. `program`: what `up` is a word of, if it is not Ringwork itself.
    """

    def __init__(self, state: Path, *, reviews: bool = True, program: Sequence[str] = ()) -> None:
        self.state = state
        self._program = [*program]
        self._reviews = reviews
        self._up: Process | None = None
        self._pids: set[int] = set()

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """One command with this state, `given` on its standard input; text of both outputs."""
        if words[0] in ("apply", "plan") and len(words) > 1:
            self._review(Path(words[1]))
        return forked.run(
            forked.ringwork,
            [*words, "--state", str(self.state)],
            given=given,
            timeout=PATIENCE_SECONDS,
            env=as_in_a_terminal(),
        )

    def json(self, *words: str) -> Any:
        """What a command that must succeed prints with `--format json`."""
        done = self.run(*words, "--format", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def up(self, estate: Path, *options: str) -> dict[str, Any]:
        """Starts `ringwork up` on free ports and waits until it is ready; what endpoints.json says."""
        before = self._stamp()
        up = self.start(estate, "--ports", "auto", *options)
        eventually(lambda: self._stamp() not in (None, before) or up.poll() is not None)
        assert up.poll() is None, self.output()
        return self.endpoints()

    def start(self, estate: Path, *options: str) -> Process:
        """Starts `ringwork up`, and does not wait."""
        self.state.mkdir(parents=True, exist_ok=True)
        self._review(estate)
        words = ["up", str(estate), "--state", str(self.state), *options]
        output = self.state / "up.out"
        output.write_text("")
        self._up = started(words, output, self._program)
        return self._up

    def _review(self, estate: Path) -> None:
        if self._reviews and estate.is_dir():
            lock_exposure(estate)

    def output(self) -> str:
        """What `up` has printed."""
        return (self.state / "up.out").read_text()

    def endpoints(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "endpoints.json").read_text())
        self._pids.add(found["gateway"]["pid"])
        return found

    def _stamp(self) -> tuple[int, int] | None:
        """Tells one endpoints.json from the next: one that was killed leaves its own behind."""
        try:
            seen = (self.state / "endpoints.json").stat()
        except FileNotFoundError:
            return None
        return seen.st_ino, seen.st_mtime_ns

    def kill(self) -> None:
        """`kill -9` of the control plane; its gateway is left alone."""
        assert self._up is not None
        self._up.kill()
        self._up.wait()

    def begin_anew(self) -> dict[str, Any]:
        """What `systemctl reload` does; what endpoints.json says then."""
        before = self._stamp()
        self.send(signal.SIGUSR2)
        eventually(lambda: self._stamp() not in (None, before) or self._ended())
        assert not self._ended(), self.output()
        return self.endpoints()

    def send(self, number: signal.Signals) -> None:
        assert self._up is not None
        self._up.send_signal(number)

    def wait(self) -> int:
        """The exit code."""
        assert self._up is not None
        return self._up.wait(PATIENCE_SECONDS)

    def _ended(self) -> bool:
        return self._up is None or self._up.poll() is not None

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """What Ctrl-C does; the exit code."""
        self.send(number)
        return self.wait()

    def clean_up(self) -> None:
        """Ends what a test left running: gateways of this very state only."""
        if not self._ended():
            self.end()
        for pid in self._pids:
            if str(self.state) in command_line(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def as_in_a_terminal() -> dict[str, str]:
    """The environment of a command whose text is read here: no colours, and lines as long as they are."""
    return os.environ | {"NO_COLOR": "1", "COLUMNS": "200"}


def started(words: Sequence[str], output: Path, program: Sequence[str] = ()) -> Process:
    """`ringwork WORDS…`, or the same of another program, with both its outputs at the end of a file."""
    if not program and "LD_PRELOAD" not in os.environ:
        return forked.Forked(forked.ringwork, [*words], out=output, err=output, env=as_in_a_terminal())
    with output.open("a") as end:
        return subprocess.Popen(
            [*(program or (sys.executable, "-m", "ringwork")), *words],
            stdin=subprocess.DEVNULL,
            stdout=end,
            stderr=subprocess.STDOUT,
            env=as_in_a_terminal(),
        )


def command_line(pid: int) -> str:
    """Empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def eventually(found: Callable[[], bool]) -> None:
    """Waits until `found`, and fails when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
