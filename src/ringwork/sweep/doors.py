"""How a client of a ring gets in."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from ringwork.audience import Audience
from ringwork.sweep.judging import Arrived

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Door:
    """`address`: HOST:PORT that is connected to; `headers`: the credential; `tls` None: without."""

    ring: Audience
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    allowed_headers: frozenset[str] = frozenset()


class Client:
    """Calls one ring."""

    def __init__(self, door: Door, connections: int) -> None:
        self.door = door
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(
            verify=door.tls or False, trust_env=False, timeout=_TIMEOUT_SECONDS, limits=limits
        )

    async def call(
        self, method: str, host: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Arrived:
        """`host` is the name that is asked for, whatever is connected to. Raises httpx.HTTPError."""
        scheme = "http" if self.door.tls is None else "https"
        port = self.door.address.rpartition(":")[2]
        sent = {**headers, **self.door.headers, "host": f"{host}:{port}", "accept-encoding": "identity"}
        response = await self._http.request(
            method,
            f"{scheme}://{self.door.address}{target}",
            headers=sent,
            content=body,
            extensions={"sni_hostname": host},
        )
        return Arrived(response.status_code, dict(response.headers), response.content)

    async def close(self) -> None:
        await self._http.aclose()
