"""Keeps the mocks' process running while the intent in force has prototypes; none else."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ringwork.fleet.mocks.shelf import MockShelf
from ringwork.fleet.pauses import Pauses
from ringwork.fleet.process import own_log
from ringwork.intent.model import ApiIntent, Intent
from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically
from ringwork.manifest.upstream import MOCK_URL

_LOOK_SECONDS = 0.2
_ENDING_SECONDS = 5.0
# A process that lived this long has started well.
_SETTLED_SECONDS = 60.0


class MockSupervisor:
    """`folder` is the mocks' own. `say` hears one line per event. Used by one thread."""

    def __init__(self, folder: Path, *, say: Callable[[str], None]) -> None:
        self._shelf = MockShelf(folder)
        self._say = say
        self._listener: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pauses = Pauses()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="mock-supervisor", daemon=True)

    def resume(self) -> None:
        """Answers what was answered last, if anything was."""
        if self._shelf.index():
            self._start()

    def place(self, intent: Intent, documents: Mapping[str, str]) -> tuple[Intent, dict[str, str]]:
        """`intent` with its prototypes before the mocks, which answer from `documents` (path → contract) from now on;
        and where `mock:` is, for the prover.

        Paths are those of the prototypes' upstreams; one that has no new document keeps what it has.
        """
        paths = {
            version.upstream.path
            for api in intent.apis
            for version in api.versions
            if version.upstream.is_mock
        }
        self._shelf.keep(documents, paths)
        if not paths:
            return intent, {}
        port = self._start()
        placed = replace(intent, apis=tuple(_placed(api, port) for api in intent.apis))
        return placed, {MOCK_URL: f"127.0.0.1:{port}"}

    def stop(self) -> None:
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        self._end()
        if self._listener is not None:
            self._listener.close()

    def _start(self) -> int:
        """The port; it is held from now on, so requests wait while a process that ended is replaced."""
        if self._listener is None:
            self._listener = self._bound()
            self._watcher.start()
        return int(self._listener.getsockname()[1])

    def _bound(self) -> socket.socket:
        """On the port it had before, where that is free: a gateway may be sending requests there."""
        remembered = self._shelf.folder / "port"
        port = int(remembered.read_text()) if remembered.exists() else 0
        try:
            listener = socket.create_server(("127.0.0.1", port))
        except OSError:
            listener = socket.create_server(("127.0.0.1", 0))
        private_directory(self._shelf.folder)
        write_atomically(remembered, str(listener.getsockname()[1]).encode(), mode=PRIVATE_FILE)
        return listener

    def _watch(self) -> None:
        while True:
            try:
                self._settle()
            except OSError as error:  # a full disk, no more processes: tried again
                self._say(f"mocks cannot be started: {error.strerror}")
                self._stopping.wait(self._pauses.next())
            if self._stopping.wait(_LOOK_SECONDS):
                return

    def _settle(self) -> None:
        if not self._shelf.index():
            self._end()
        elif self._process is None:
            self._launch()
        elif (code := self._process.poll()) is not None:
            self._end()
            if time.monotonic() - self._started_at >= _SETTLED_SECONDS:
                self._pauses.reset()
            pause = self._pauses.next()
            self._say(f"the mocks ended ({code}); they start again in {pause:.1f} s")
            self._stopping.wait(pause)

    def _launch(self) -> None:
        assert self._listener is not None  # the watcher runs since there is one
        number = self._listener.fileno()
        command = [
            sys.executable,
            "-m",
            __package__,
            "--folder",
            str(self._shelf.folder),
            "--listener",
            str(number),
        ]
        with own_log(self._shelf.folder / "mocks.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[number],
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


def _placed(api: ApiIntent, port: int) -> ApiIntent:
    """The same object where nothing of it is mocked: it is not compiled again."""
    if not any(version.upstream.is_mock for version in api.versions):
        return api
    versions = (
        replace(version, upstream=replace(version.upstream, port=port))
        if version.upstream.is_mock
        else version
        for version in api.versions
    )
    return replace(api, versions=tuple(versions))
