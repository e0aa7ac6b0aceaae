"""A server of the Redis protocol of the tests' own (Debian's package `redis-server`), on loopback; it keeps nothing."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.ports import free_port

_PATIENCE_SECONDS = 20.0


class RedisServer:
    """`kill` loses what it holds; `pause` leaves it there and silent. `arguments`: as its configuration has them."""

    def __init__(self, *arguments: str) -> None:
        self.port = free_port()
        self._arguments = arguments
        self._root = Path(tempfile.mkdtemp(prefix="ringwork-redis-"))
        self._server: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._root)]
        with (self._root / "log").open("ab") as log:
            self._server = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", _binary(), *words, *self._arguments],
                stdout=log,
                stderr=log,
            )
        self._await()

    def kill(self) -> None:
        """Like a crash."""
        assert self._server is not None
        self._server.kill()
        self._server.wait(_PATIENCE_SECONDS)

    def pause(self) -> None:
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.resume()
        self.kill()
        shutil.rmtree(self._root)

    def ask(self, *words: str) -> str:
        """One command's answer, as `redis-cli` prints it."""
        command = ["redis-cli", "-p", str(self.port), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE_SECONDS)
        return done.stdout.strip()

    def _await(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            assert self._server is not None and self._server.poll() is None, self._said()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, self._said()
                time.sleep(0.02)

    def _said(self) -> str:
        return (self._root / "log").read_text()


def _binary() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    assert found is not None, "Debian's package `redis-server` is needed: make test installs it"
    return found
