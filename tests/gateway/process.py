"""The gateway binary as a process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.gateway.node import Node

WAIT_SECONDS = 20.0
T = TypeVar("T")


def gateway_binary() -> Path:
    """`RINGWORK_GATEWAY`, or what `cargo build` made. A missing binary fails the tests; it skips none."""
    given = os.environ.get("RINGWORK_GATEWAY")
    binary = Path(given) if given else Path(__file__).parents[2] / "target/debug/ringwork-gateway"
    assert binary.is_file(), f"{binary} is missing: run `make native`, or set RINGWORK_GATEWAY"
    return binary


def run_binary(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(gateway_binary()), *arguments], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False
    )


class Gateway:
    """Runs on a node directory; `start` returns when it serves."""

    def __init__(self, node: Node, *arguments: str) -> None:
        self.node = node
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Gateway:
        own_log = self.node.root / "gateway.log"
        with own_log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(gateway_binary()), "--node", str(self.node.root), "--threads", "2", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._serves, lambda: f"no status from the gateway: {own_log.read_text()}")
        return self

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"ended: {(self.node.root / 'gateway.log').read_text()}"
        with contextlib.suppress(FileNotFoundError):
            return bool(self.node.status()["pid"] == self._process.pid)
        return False

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Like a crash: nothing is written any more."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(WAIT_SECONDS)

    def exit_code(self) -> int:
        assert self._process is not None
        return self._process.wait(WAIT_SECONDS)

    def own_log(self) -> str:
        return (self.node.root / "gateway.log").read_text()

    def stop(self) -> None:
        if self.running:
            self.kill()

    def serves_revision(self, revision: int) -> None:
        wait_for(lambda: self.node.status()["revision"] == revision, lambda: str(self.node.status()))

    def eventually(self, holds: Callable[[], bool]) -> None:
        """Waits for what the gateway does beside requests."""
        wait_for(holds, self.own_log)

    def refuses_revision(self, revision: int) -> str:
        """Waits for the refusal; gives its code."""

        def refused() -> bool:
            refusal = self.node.status()["refused"]
            return refusal is not None and refusal["revision"] == revision

        wait_for(refused, lambda: str(self.node.status()))
        code: str = self.node.status()["refused"]["code"]
        return code

    def log_line(self, request_id: str | None) -> dict[str, object]:
        """The access log's line of one call; an answered call's line is there soon."""

        def found() -> list[dict[str, object]]:
            return [line for line in self.node.log_lines() if line["request_id"] == request_id]

        wait_for(lambda: bool(found()), lambda: f"no line of {request_id}")
        return found()[0]


def wait_for(condition: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    """Waits as long as a slow machine may need; a condition that never comes fails with `otherwise`."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.01)
