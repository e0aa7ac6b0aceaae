"""Keeps one exporter running while the manifest in force names a receiver; none else."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ringwork.fleet.companion import Companion
from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.telemetry.receivers import SIGNALS, NodeManifest, is_on
from ringwork.fleet.telemetry.standing import standing_file

_LOOK_SECONDS = 0.5
# What is in hand is taken or not by then; it is sent again either way.
_ENDING_SECONDS = 2.0


class ExporterSupervisor:
    """`instance`: what the gateway is called among its organisation's. `say` hears one line per event."""

    def __init__(self, node: NodeDirectory, *, instance: str, say: Callable[[str], None]) -> None:
        self._node = node
        self._instance = instance
        self._say = say
        self._manifest = NodeManifest(node)
        self._stopping = threading.Event()
        # Not known at first: the process before this one may have left what it stood at.
        self._is_off = False
        self._exporter = Companion(__package__, node.telemetry_log, ending_seconds=_ENDING_SECONDS)
        self._watcher = threading.Thread(target=self._watch, name="exporter-supervisor", daemon=True)

    def start(self) -> None:
        self._watcher.start()

    def stop(self) -> None:
        """Ends the exporter, if one runs."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._exporter.end()

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                self._settle()
            except OSError as error:  # a full disk, no more processes: tried again
                self._say(f"the exporter of traces and logs cannot be started: {error.strerror}")
                self._stopping.wait(self._exporter.pauses.next())

    def _settle(self) -> None:
        if not any(is_on(self._manifest.payload(), signal) for signal in SIGNALS):
            self._turn_off()
        elif not self._exporter.is_started:
            self._start()
        elif (code := self._exporter.ended()) is not None:
            self._restart(code)

    def _turn_off(self) -> None:
        """Turned on again, the exporter begins with what comes then."""
        if self._is_off:
            return
        self._exporter.end()
        for signal in SIGNALS:
            standing_file(self._node, signal).unlink(missing_ok=True)
        self._is_off = True

    def _restart(self, code: int) -> None:
        pause = self._exporter.pauses.next()
        self._say(f"the exporter of traces and logs ended ({code}); another starts in {pause:.1f} s")
        if not self._stopping.wait(pause):
            self._start()

    def _start(self) -> None:
        self._is_off = False
        self._exporter.start(("--node", str(self._node.root), "--instance", self._instance))
