"""How one service calls another: through the internal ring, as itself.

The address and CA of the ring come from Ringwork's `endpoints.json`, the caller's X.509-SVID from the files
`ringwork identity issue` wrote. Both are looked at before each call, so a rotated certificate or a moved ring is
picked up without a restart.
"""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException as BrokenAnswer
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 10.0
_MAX_ANSWER_BYTES = 1024 * 1024


class NeighbourFailed(Exception):
    """The other service could not be reached or did not answer in JSON."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Mesh(Protocol):
    """The other services, as one service sees them."""

    def call(self, method: str, path: str, body: object | None = None) -> Reply:
        """`path` is the public one, prefix and version included: `/inventory/reservations`."""
        ...


@dataclass(frozen=True, slots=True)
class Ring:
    """Where the internal ring is, and whom to believe that it is it."""

    base_url: str
    ca_file: Path


@dataclass(frozen=True, slots=True)
class RingMesh:
    """Calls as `service`, whose certificate lies in `identities/<service>/`."""

    service: str
    endpoints_file: Path
    identities: Path

    def call(self, method: str, path: str, body: object | None = None) -> Reply:
        try:
            ring = _internal_ring(self.endpoints_file)
            return self._exchange(ring, method, path, body)
        except (OSError, BrokenAnswer, ValueError, KeyError) as error:
            raise NeighbourFailed(f"{method} {path}: {error}") from error

    def _exchange(self, ring: Ring, method: str, path: str, body: object | None) -> Reply:
        address = urlsplit(ring.base_url)
        connection = HTTPSConnection(
            address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS, context=self._trust(ring)
        )
        try:
            payload = None if body is None else json.dumps(body)
            headers = {"accept": "application/json", "user-agent": f"acme-{self.service}"}
            if payload is not None:
                headers["content-type"] = "application/json"
            connection.request(method, path, payload, headers)
            response = connection.getresponse()
            answer = response.read(_MAX_ANSWER_BYTES)
            return Reply(response.status, json.loads(answer) if answer else None)
        finally:
            connection.close()

    def _trust(self, ring: Ring) -> ssl.SSLContext:
        certificate, key = (self.identities / self.service / name for name in ("cert.pem", "key.pem"))
        changed = tuple(file.stat().st_mtime_ns for file in (ring.ca_file, certificate, key))
        return _context(ring.ca_file, certificate, key, changed)


@lru_cache(maxsize=16)
def _context(ca_file: Path, certificate: Path, key: Path, _changed: tuple[int, ...]) -> ssl.SSLContext:
    """One TLS context per state of the files."""
    context = ssl.create_default_context(cafile=str(ca_file))
    context.load_cert_chain(certificate, key)
    return context


def _internal_ring(endpoints_file: Path) -> Ring:
    ring = json.loads(endpoints_file.read_text())["rings"]["internal"]
    return Ring(base_url=ring["base_url"], ca_file=Path(ring["ca_file"]))
