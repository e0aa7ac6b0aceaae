"""Keeps the mocks' process running while the intent in force has prototypes; none else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ringwork.fleet.companion import Companion
from ringwork.fleet.mocks.shelf import MockShelf
from ringwork.intent.model import ApiIntent, Intent
from ringwork.kernel.files import PRIVATE_FILE, private_directory, write_atomically
from ringwork.manifest.upstream import MOCK_URL

_LOOK_SECONDS = 0.2
_ENDING_SECONDS = 5.0


class MockSupervisor:
    """`folder` is the mocks' own. `say` hears one line per event. Used by one thread."""

    def __init__(self, folder: Path, *, say: Callable[[str], None]) -> None:
        self._shelf = MockShelf(folder)
        self._say = say
        self._listener: socket.socket | None = None
        self._mocks = Companion(__package__, folder / "mocks.log", ending_seconds=_ENDING_SECONDS)
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
        self._mocks.end()
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
                self._stopping.wait(self._mocks.pauses.next())
            if self._stopping.wait(_LOOK_SECONDS):
                return

    def _settle(self) -> None:
        if not self._shelf.index():
            self._mocks.end()
        elif not self._mocks.is_started:
            self._launch()
        elif (code := self._mocks.ended()) is not None:
            pause = self._mocks.pauses.next()
            self._say(f"the mocks ended ({code}); they start again in {pause:.1f} s")
            self._stopping.wait(pause)

    def _launch(self) -> None:
        assert self._listener is not None  # the watcher runs since there is one
        number = self._listener.fileno()
        arguments = ("--folder", str(self._shelf.folder), "--listener", str(number))
        self._mocks.start(arguments, pass_fds=[number])


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
