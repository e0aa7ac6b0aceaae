"""Keeps one exporter running while the manifest in force names a receiver; none else."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.pauses import Pauses
from ringwork.fleet.process import own_log
from ringwork.fleet.telemetry.receivers import SIGNALS, NodeManifest, is_on
from ringwork.fleet.telemetry.standing import standing_file

_LOOK_SECONDS = 0.5
# What is in hand is taken or not by then; it is sent again either way.
_ENDING_SECONDS = 2.0
# An exporter that lived this long has started well.
_SETTLED_SECONDS = 60.0


class ExporterSupervisor:
    """`instance`: what the gateway is called among its organisation's. `say` hears one line per event."""

    def __init__(self, node: NodeDirectory, *, instance: str, say: Callable[[str], None]) -> None:
        self._node = node
        self._instance = instance
        self._say = say
        self._manifest = NodeManifest(node)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pauses = Pauses()
        self._watcher = threading.Thread(target=self._watch, name="exporter-supervisor", daemon=True)

    def start(self) -> None:
        self._watcher.start()

    def stop(self) -> None:
        """Ends the exporter, if one runs."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._end()

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._settle()
            except OSError as error:  # a full disk, no more processes: tried again
                self._say(f"the exporter of traces and logs cannot be started: {error.strerror}")
                self._stopping.wait(self._pauses.next())

    def _settle(self) -> None:
        if not any(is_on(self._manifest.payload(), signal) for signal in SIGNALS):
            self._end()
            # Turned on again, it begins with what comes then.
            for signal in SIGNALS:
                standing_file(self._node, signal).unlink(missing_ok=True)
        elif self._process is None:
            self._start()
        elif (code := self._process.poll()) is not None:
            self._end()
            self._restart(code)

    def _restart(self, code: int) -> None:
        if time.monotonic() - self._started_at >= _SETTLED_SECONDS:
            self._pauses.reset()
        pause = self._pauses.next()
        self._say(f"the exporter of traces and logs ended ({code}); another starts in {pause:.1f} s")
        if not self._stopping.wait(pause):
            self._start()

    def _start(self) -> None:
        with own_log(self._node.telemetry_log).open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    __package__,
                    "--node",
                    str(self._node.root),
                    "--instance",
                    self._instance,
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def _end(self) -> None:
        """By the end of its input, then by force."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # it was asked for
        process.stdin.close()
        try:
            process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
