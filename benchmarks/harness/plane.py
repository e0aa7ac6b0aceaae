"""`ringwork up` on an estate, and what one asks of it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.harness.processes import end

LONGEST_S = 600.0


@dataclass(frozen=True)
class Plane:
    """A running one. `ready_s`: from its start until it said where everything is."""

    estate: Path
    endpoints: dict[str, Any]
    ready_s: float

    @property
    def public_port(self) -> int:
        port: int | None = urlsplit(self.endpoints["rings"]["public"]["base_url"]).port
        if port is None:
            raise ConnectionError("the public ring has no port")
        return port

    def key(self) -> str:
        """A key for the public ring, made now."""
        return self.new_key()["key"]

    def new_key(self) -> dict[str, str]:
        """The same, with its `id`."""
        return dict(self._asked("POST", "keys", {"ring": "public", "consumer": "bench", "plan": "free"}))

    def revoke(self, key_id: str) -> None:
        """Returns when that is on record."""
        self._asked("DELETE", f"keys/{key_id}")

    def apply(self) -> None:
        """Returns when the gateway serves the estate as it is. Raises RuntimeError when it does not."""
        applied = self._asked("POST", "revisions", {"estate": str(self.estate)})
        if applied["outcome"] not in ("live", "unchanged"):
            raise RuntimeError(f"applied, and {applied['outcome']}: {applied['refusal']}")

    def _asked(self, method: str, resource: str, order: dict[str, str] | None = None) -> dict[str, Any]:
        admin = self.endpoints["admin"]
        headers = {
            "Authorization": f"Bearer {Path(admin['token_file']).read_text().strip()}",
            "Content-Type": "application/json",
        }
        url = f"{admin['url'].rstrip('/')}/{resource}"
        body = None if order is None else json.dumps(order).encode()
        asked = urllib.request.Request(url, data=body, headers=headers, method=method)
        with urllib.request.urlopen(asked, timeout=LONGEST_S) as answer:
            said: dict[str, Any] = json.loads(answer.read() or b"{}")
            return said


@contextmanager
def up(ringwork: Path, estate: Path, state: Path, *options: str) -> Iterator[Plane]:
    """Raises TimeoutError, and RuntimeError when it ends instead."""
    command = [str(ringwork), "up", str(estate), "--state", str(state), "--ports", "auto", *options]
    with state.with_suffix(".log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            endpoints = wait_until_ready(state / "endpoints.json", process, LONGEST_S)
            yield Plane(estate, endpoints, time.perf_counter() - began)
        finally:
            end(process)


def wait_until_ready(file: Path, process: subprocess.Popen[bytes], longest_s: float) -> dict[str, Any]:
    """What `endpoints.json` says once it is there. Raises TimeoutError, RuntimeError when `up` ends."""
    began = time.perf_counter()
    while time.perf_counter() - began < longest_s:
        if file.exists():
            endpoints: dict[str, Any] = json.loads(file.read_bytes())
            return endpoints
        if process.poll() is not None:
            raise RuntimeError(f"`ringwork up` ended with {process.returncode}")
        time.sleep(0.002)
    raise TimeoutError(f"{file} did not appear within {longest_s} s")
