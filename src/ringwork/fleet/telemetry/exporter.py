"""The exporter's process: one pipeline per signal that is on, each at its own pace."""

from __future__ import annotations

import fcntl
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from ringwork.fleet.directory import NodeDirectory
from ringwork.fleet.secrets import read_values
from ringwork.fleet.telemetry.pipeline import Kind, Pipeline
from ringwork.fleet.telemetry.receivers import SIGNALS, NodeManifest, Receiver, Signal, is_on, receiver
from ringwork.fleet.telemetry.standing import standing_file
from ringwork.kernel.clock import Clock
from ringwork.usage.otlp import requests
from ringwork.usage.otlp.requests import Batch, Sender

_LOOK_SECONDS = 0.5


class Exporter:
    """`instance` names the gateway among its organisation's."""

    def __init__(
        self, node: NodeDirectory, *, instance: str, clock: Clock, say: Callable[[str], None]
    ) -> None:
        self._node = node
        self._instance = instance
        self._clock = clock
        self._say = say
        self._running: dict[Signal, _Running] = {}

    def run(self, stop: threading.Event) -> bool:
        """Until `stop` is set: True; or until a pipeline broke: False."""
        with (self._node.telemetry / "lock").open("a") as lock:
            if not _held(lock.fileno(), stop):
                return True
            manifest = NodeManifest(self._node)
            try:
                while not stop.wait(_LOOK_SECONDS):
                    for signal in SIGNALS:
                        self._settle(signal, is_on(manifest.payload(), signal))
                    if not all(running.thread.is_alive() for running in self._running.values()):
                        return False
            finally:
                for signal in list(self._running):
                    self._running.pop(signal).end()
        return True

    def _settle(self, signal: Signal, wanted: bool) -> None:
        """A signal that is turned off is forgotten: turned on again, it begins with what comes then."""
        if wanted and signal not in self._running:
            self._running[signal] = _Running(self._pipeline(signal), signal)
        elif not wanted:
            if signal in self._running:
                self._running.pop(signal).end()
            standing_file(self._node, signal).unlink(missing_ok=True)

    def _pipeline(self, signal: Signal) -> Pipeline:
        manifest = NodeManifest(self._node)
        return Pipeline(
            self._node.access_log,
            standing_file(self._node, signal),
            self._kind(signal, manifest),
            partial(self._receiver, signal, manifest),
            clock=self._clock,
            say=lambda line: self._say(f"{signal}: {line}"),
        )

    def _kind(self, signal: Signal, manifest: NodeManifest) -> Kind:
        sender = partial(self._sender, manifest)
        if signal == "traces":

            def spans(lines: Sequence[bytes]) -> Batch:
                return requests.trace_request(lines, sender(), manifest.service)

            return Kind(spans, requests.sampled_calls, requests.trace_answer)

        def records(lines: Sequence[bytes]) -> Batch:
            return requests.log_request(lines, sender(), time.time_ns())

        return Kind(records, len, requests.log_answer)

    def _sender(self, manifest: NodeManifest) -> Sender:
        said = manifest.payload()
        organization, environment = str(said.get("organization", "")), str(said.get("environment", ""))
        return Sender(organization, environment, self._instance, socket.gethostname())

    def _receiver(self, signal: Signal, manifest: NodeManifest) -> Receiver | None:
        return receiver(manifest.payload(), signal, read_values(self._node.secrets))


class _Running:
    def __init__(self, pipeline: Pipeline, signal: Signal) -> None:
        self._stop = threading.Event()
        self.thread = threading.Thread(target=pipeline.run, args=(self._stop,), name=signal, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self._stop.set()
        self.thread.join()


def _held(descriptor: int, stop: threading.Event) -> bool:
    """One exporter per node, also while the one before is still at its last request."""
    while not stop.is_set():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stop.wait(_LOOK_SECONDS)
        else:
            return True
    return False
