"""Load by wrk: how many requests a second."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.processes import LOAD_CORE

CONNECTIONS = 32

_SCRIPT = Path(__file__).with_name("load.lua")


class LoadFailed(RuntimeError):
    """An answer was not 2xx, or did not come: the figure would be of errors."""


@dataclass(frozen=True)
class Measured:
    """One run of wrk."""

    requests: int
    requests_per_s: float


def write_requests(path: Path, requests: list[bytes]) -> Path:
    """The requests wrk shall send, in turn: one a line, CR LF written as in C."""
    path.write_bytes(b"\n".join(request.replace(b"\r\n", b"\\r\\n") for request in requests) + b"\n")
    return path


def load(port: int, requests: Path, *, seconds: float, tls: bool = False) -> Measured:
    """As much as the server bears on 32 keep-alive connections, for `seconds`.

    Raises LoadFailed when any request did.
    """
    command = ["taskset", "--cpu-list", str(LOAD_CORE), "wrk", "--threads", "1"]
    command += ["--connections", str(CONNECTIONS), "--duration", f"{seconds:g}s", "--script", str(_SCRIPT)]
    scheme = "https" if tls else "http"
    command += [f"{scheme}://localhost:{port}", "--", str(requests)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    return _measured(said)


def _measured(said: str) -> Measured:
    line = next((line for line in said.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise LoadFailed(f"wrk gave no result:\n{said}")
    result = json.loads(line.removeprefix("RESULT "))
    if result["refused"] or result["broken"] or not result["requests"]:
        raise LoadFailed(f"{result['refused']} refused, {result['broken']} broken of {result['requests']}")
    return Measured(
        requests=result["requests"],
        requests_per_s=result["requests"] / result["duration_us"] * 1e6,
    )
