"""A second gateway: `ringwork gateway --control`, enrolled with a control plane that runs with --nodes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.plane import Plane
from benchmarks.harness.processes import end, free_port, https_status

_NAME = "edge-1"


@contextmanager
def elsewhere(ringwork: Path, plane: Plane, control: Path, state: Path, ready: bytes) -> Iterator[int]:
    """The port of its public ring, once `ready`, a request, is answered with 200 there.

    `control` is the control plane's state directory. Raises TimeoutError, and RuntimeError when it ends instead.
    """
    port = free_port()
    command: list[str | Path] = [ringwork, "gateway", "--token", _invited(ringwork, control, port)]
    command += ["--state", state]
    command += ["--control", f"https://{plane.endpoints['nodes']}"]
    with state.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            await_status(port, ready, 200, process)
            yield port
        finally:
            end(process)


def await_status(
    port: int,
    request: bytes,
    status: int,
    process: subprocess.Popen[bytes] | None = None,
    *,
    within_s: float = 120,
) -> float:
    """When `request` was answered so (`time.perf_counter()`). Raises as `elsewhere` does."""
    deadline = time.perf_counter() + within_s
    while time.perf_counter() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the gateway ended with {process.returncode}")
        try:
            if https_status(port, request) == status:
                return time.perf_counter()
        except OSError:
            pass
        time.sleep(0.005)
    raise TimeoutError(f"no {status} on port {port} within {within_s} s")


def _invited(ringwork: Path, control: Path, port: int) -> str:
    """A token it enrols with."""
    words = ["gateway", "enrol", _NAME, "--ring", "public", "--listen", f"public=127.0.0.1:{port}"]
    words += ["--state", str(control), "--format", "json"]
    done = subprocess.run([ringwork, *words], check=True, capture_output=True)
    return str(json.loads(done.stdout)["token"])
