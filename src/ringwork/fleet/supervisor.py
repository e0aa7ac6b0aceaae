"""Keeps one local gateway running: starts or adopts it, restarts it with back-off, ends it at the end.

A running gateway is replaced without a refused connection: its successor takes over the listening sockets, and
only when it serves is the old one drained. A successor that cannot serve changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.process import GatewayProcess, last_words, running_gateway, start_gateway
from ringwork.fleet.status import LISTENERS_CHANGED, read_status

FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 5.0
# A gateway that lived this long has started well: the next crash begins with the first back-off again.
_SETTLED_SECONDS = 10.0
_WATCH_SECONDS = 0.05
_DRAIN_SECONDS = 30.0
# A successor that does not serve within this time is ended.
_SUCCESSION_SECONDS = 60.0


class Supervisor:
    """`say` hears one line per event. `start` and `stop` are called once, by one thread."""

    def __init__(self, binary: Path, node: NodeDirectory, *, say: Callable[[str], None]) -> None:
        self._binary = binary
        self._node = node
        self._say = say
        self._stopping = threading.Event()
        self._process: GatewayProcess | None = None
        self._started_at = 0.0
        self._backoff = FIRST_BACKOFF_SECONDS
        self._answered_refusal = 0
        self._failure: str | None = None
        # Revision whose listeners no successor could open, and why.
        self._refused_replacement: tuple[int, str] = (0, "")
        self._watcher = threading.Thread(target=self._watch, name="gateway-supervisor", daemon=True)

    def start(self) -> None:
        """Adopts the gateway that serves this node directory, or starts one."""
        self._process = running_gateway(self._node)
        if self._process is None:
            self._launch()
        else:
            self._say(f"gateway {self._process.pid} was running and is adopted")
            if not self._process.runs(self._binary):
                self._replace("it is of another version")
        self._watcher.start()

    def stop(self, *, leave_gateway: bool = False) -> None:
        """Drains and ends the gateway, unless it is left to the next supervisor; this one restarts it no more."""
        self._stopping.set()
        self._watcher.join()
        if self._process is not None and not leave_gateway:
            self._process.end(drain_seconds=_DRAIN_SECONDS)

    def end_running(self) -> None:
        """In place of `start`: drains and ends the gateway an earlier supervisor left."""
        left = running_gateway(self._node)
        if left is not None:
            left.end(drain_seconds=_DRAIN_SECONDS)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def has_gateway(self) -> bool:
        """Whether a gateway of ours runs, though it may not have said a word yet."""
        return self._process is not None and self._process.alive()

    def speaks(self) -> bool:
        """Whether `status.json` is the word of the gateway that runs now."""
        process, status = self._process, read_status(self._node.status)
        return process is not None and status is not None and status.pid == process.pid and process.alive()

    def failure(self, revision: int = 0) -> str | None:
        """Why the gateway ended last, until one speaks again; or why none could begin with `revision`."""
        refused, why = self._refused_replacement
        if revision and revision == refused:
            return why
        return None if self.speaks() else self._failure

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            assert self._process is not None  # start() launched or adopted it
            if not self._process.alive():
                self._restart_after_exit(self._process.pid)
            elif self._must_rebind():
                self._replace("listeners changed")
            elif self._upgrade_is_asked_for():
                self._replace("an upgrade was asked for")

    def _replace(self, reason: str) -> None:
        """By a process of the binary as it is now."""
        old = self._process
        assert old is not None  # only what runs is replaced
        self._say(f"{reason}: gateway {old.pid} is replaced")
        successor = start_gateway(self._binary, self._node, take_over=True)
        if self._takes_over(successor):
            self._process, self._started_at = successor, time.monotonic()
            old.drain()  # told before anything else: whoever supervises next does not know of it
            threading.Thread(target=old.end, kwargs={"drain_seconds": _DRAIN_SECONDS}, daemon=True).start()
            return
        successor.end(drain_seconds=0.0)
        self._refused_replacement = (self._answered_refusal, last_words(self._node))
        self._say(f"it could not be replaced and serves on ({self._refused_replacement[1]})")

    def _takes_over(self, successor: GatewayProcess) -> bool:
        deadline = time.monotonic() + _SUCCESSION_SECONDS
        while successor.alive() and time.monotonic() < deadline and not self._stopping.is_set():
            status = read_status(self._node.status)
            if status is not None and status.pid == successor.pid:
                return status.revision is not None
            time.sleep(_WATCH_SECONDS)
        return False

    def _upgrade_is_asked_for(self) -> bool:
        """By `ringwork gateway upgrade`, which leaves a file."""
        asked = self._node.upgrade.exists()
        if asked:
            self._node.upgrade.unlink(missing_ok=True)
        return asked

    def _restart_after_exit(self, pid: int) -> None:
        if time.monotonic() - self._started_at >= _SETTLED_SECONDS:
            self._backoff = FIRST_BACKOFF_SECONDS
        self._failure = last_words(self._node)
        self._say(f"gateway {pid} ended ({self._failure}); another starts in {self._backoff:g} s")
        if not self._stopping.wait(self._backoff):
            self._backoff = min(self._backoff * 2, LONGEST_BACKOFF_SECONDS)
            self._launch()

    def _must_rebind(self) -> bool:
        """Once per refused revision: a gateway that refuses again after a restart is not restarted for ever."""
        status = read_status(self._node.status)
        if status is None or status.refused is None or status.pid != self.pid:
            return False
        refused = status.refused
        if refused.code != LISTENERS_CHANGED or refused.revision <= self._answered_refusal:
            return False
        self._answered_refusal = refused.revision
        return True

    def _launch(self) -> None:
        self._process = start_gateway(self._binary, self._node)
        self._started_at = time.monotonic()
