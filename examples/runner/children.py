"""Processes a demo starts, and how all of them end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]
_GRACE_SECONDS = 15.0
_TICK_SECONDS = 0.25
_TAIL_BYTES = 4000


class Interrupted(Exception):
    """SIGINT or SIGTERM: time to end everything and leave."""


class Died(Exception):
    """A child ended on its own; the text says which, and the last it wrote."""


class Children:
    """The processes of one demo: started in order, ended by pid in reverse order.

    Each runs in a session of its own, so that Ctrl-C reaches this process alone and it decides the order.
    What they write goes to `<log_folder>/<name>.log`.
    """

    def __init__(self, log_folder: Path, grace_seconds: float = _GRACE_SECONDS) -> None:
        self._log_folder = log_folder
        self._grace_seconds = grace_seconds
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Children:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            self.end(name)

    def start(self, name: str, command: Sequence[str], hand_over: Sequence[int] = ()) -> int:
        """Starts `command` in the repository's environment and returns its pid."""
        with self.log_file(name).open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
                pass_fds=hand_over,
                start_new_session=True,
            )
        self._running[name] = process
        return process.pid

    def demand_alive(self) -> None:
        """Raises `Died` when a child ended on its own."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise Died(f"{name} ended with status {process.returncode}:\n{self._tail(name)}")

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until a signal ends this process or a child ended on its own (raises `Died`)."""
        while True:
            self.demand_alive()
            meanwhile()
            time.sleep(_TICK_SECONDS)

    def end(self, name: str) -> None:
        """SIGTERM, and SIGKILL to what has not ended after the grace period."""
        process = self._running.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(self._grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log_file(self, name: str) -> Path:
        return self._log_folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        return self.log_file(name).read_bytes()[-_TAIL_BYTES:].decode(errors="replace")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process' environment, with the checkout importable: `ringwork` from src/, `examples` from the root."""
    paths = [str(REPOSITORY / "src"), str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(extra or {})}


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def until_interrupted(work: Callable[[ExitStack], None]) -> int:
    """Runs `work`; what it enters on the stack is left again on SIGINT, SIGTERM or its end.

    Exit status: 0 after an interruption (that is how a demo ends), 1 when a child died.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            try:
                work(stack)
            finally:
                _ignore_further_signals()
    except Interrupted:
        print("Ended.")
    except Died as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _ignore_further_signals() -> None:
    """An impatient second Ctrl-C must not leave children behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
