"""Ringwork as the demos see it: its command line, and where its rings listen."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from examples.runner.admin import Admin
from examples.runner.children import Died

RING_NAMES = ("internal", "partner", "public")
_READY_SECONDS = 60.0
_TICK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Ring:
    """Where a ring listens, and where it can be read, if anywhere; `ca_file` verifies its certificate."""

    name: str
    base_url: str
    ca_file: Path
    documentation: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What `endpoints.json` says."""

    rings: dict[str, Ring]
    gateway_pid: int
    admin: Admin

    @classmethod
    def read(cls, file: Path) -> Endpoints:
        said = json.loads(file.read_text())
        rings = {
            name: Ring(name, ring["base_url"].rstrip("/"), Path(ring["ca_file"]), ring["documentation"])
            for name, ring in said["rings"].items()
        }
        admin = Admin(said["admin"]["url"], Path(said["admin"]["token_file"]).read_text().strip())
        return cls(rings, int(said["gateway"]["pid"]), admin)


@dataclass(frozen=True, slots=True)
class Ringwork:
    """`ringwork` with one state directory."""

    state: Path

    def words(self, *arguments: str) -> list[str]:
        """The command to run; `--state` is added."""
        return [*program(), *arguments, "--state", str(self.state)]

    @property
    def endpoints_file(self) -> Path:
        return self.state / "endpoints.json"

    def endpoints(self) -> Endpoints:
        return Endpoints.read(self.endpoints_file)

    def await_ready(self, before: int | None, demand_alive: Callable[[], None]) -> Endpoints:
        """Waits for an `endpoints.json` other than the one `before` is the stamp of.

        Raises Died when it does not come, or what `demand_alive` raises.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while self.stamp() in (None, before):
            demand_alive()
            if time.monotonic() > deadline:
                raise Died(f"{self.endpoints_file} did not appear within {_READY_SECONDS:.0f} s")
            time.sleep(_TICK_SECONDS)
        return self.endpoints()

    def stamp(self) -> int | None:
        """Tells one `endpoints.json` from the next; None where there is none."""
        try:
            return self.endpoints_file.stat().st_mtime_ns
        except FileNotFoundError:
            return None


def program() -> list[str]:
    """`ringwork` of the environment this runs in; from the checkout where it is not installed."""
    script = Path(sys.executable).parent / "ringwork"
    return [str(script)] if script.exists() else [sys.executable, "-m", "ringwork"]
