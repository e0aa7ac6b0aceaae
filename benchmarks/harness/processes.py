"""Programs on one core each, started on ports that are free, ended by process id."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROXY_CORE = 0
LOAD_CORE = 1
BOTH_CORES = "0,1"

READY_WITHIN_S = 30.0
ENDS_WITHIN_S = 10.0


class NotOurs(RuntimeError):
    """Something else answers, or nothing does: a figure taken now would be somebody else's."""


@dataclass(frozen=True)
class Program:
    """What to run, on which cores (as taskset lists them), and the port it must be seen listening on."""

    name: str
    command: Sequence[str | Path]
    core: int | str
    port: int
    environment: tuple[tuple[str, str], ...] = ()


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(program: Program, work: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`program` started, listening, and ended again. Its output goes to `work`/NAME.log.

    Raises NotOurs when it does not listen in time, or another process has its port.
    """
    if accepts(program.port):
        raise NotOurs(f"port {program.port} is taken before {program.name} starts")
    command = ["taskset", "--cpu-list", str(program.core), *map(str, program.command)]
    environment = os.environ | dict(program.environment)
    with (work / f"{program.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        try:
            _wait_until_listening(program, process, work)
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL for who does not listen; only this process and no other."""
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_listening(program: Program, process: subprocess.Popen[bytes], work: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = (work / f"{program.name}.log").read_text(errors="replace")[-2000:]
            raise NotOurs(f"{program.name} ended with {process.returncode}:\n{said}")
        if accepts(program.port):
            return
        time.sleep(0.01)
    raise NotOurs(f"{program.name} does not listen on {program.port} after {READY_WITHIN_S} s")


def accepts(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def http_status(port: int, request: bytes) -> int:
    """Status of one request sent as these bytes. Raises OSError while nobody answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return _status(connection, request)


def https_status(port: int, request: bytes) -> int:
    """The same over TLS."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        return _status(connection, request)


def _status(connection: socket.socket, request: bytes) -> int:
    """Written on a socket: what is timed is the server, not a client library."""
    connection.sendall(request)
    first_line = connection.recv(65536).split(b"\r\n", 1)[0].split(b" ")
    if len(first_line) < 2:
        raise ConnectionError("closed without an answer")
    return int(first_line[1])
