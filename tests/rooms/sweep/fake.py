"""Gateways that are none: what they let through is for the sweep to find."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from ringwork.audience import RINGS, Audience
from ringwork.sweep.doors import Door
from ringwork.sweep.engine import Sweep
from ringwork.sweep.results import Results
from ringwork.sweep.subject import Served, Subject
from ringwork.sweep.upstream import EverythingUpstream

NOT_FOUND = (404, {"content-type": "application/problem+json"}, b'{"title":"Not found"}')


@dataclass
class Reply:
    """What the service answered a ring; changed in place by who stands between."""

    ring: Audience
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = json.dumps(value).encode()


Change = Callable[[Reply], None]


@dataclass
class FakeGateway:
    """`admits` says whether a request reaches the service; `change` what becomes of its answer."""

    upstream: EverythingUpstream
    change: Change
    admits: Callable[[Audience, str, str], bool]
    ring_of: dict[int, Audience] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ring = self.ring_of[scope["server"][1]]
        if not self.admits(ring, scope["method"], scope["path"]):
            await self._send(send, *NOT_FOUND)
            return
        reply = Reply(ring, 0, {}, b"")

        async def keep(message: Any) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                reply.body += message.get("body", b"")

        await self.upstream({**scope, "raw_path": b"/0" + scope["raw_path"]}, receive, keep)
        self.change(reply)
        reply.headers.pop("content-length", None)
        await self._send(send, reply.status, reply.headers, reply.body)

    @staticmethod
    async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})


def subject(root: Path, contract: dict[str, Any]) -> Subject:
    """Operations are published as their labels say."""
    (root / "contract.json").write_text(
        json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}} | contract)
    )
    published = {
        operation.get("operationId", f"{method.upper()} {path}"): Audience[
            operation.get("x-audience", "internal").upper()
        ]
        for path, item in contract["paths"].items()
        for method, operation in item.items()
    }
    everywhere = dict.fromkeys(RINGS, "")
    hosts = dict.fromkeys(RINGS, "localhost")
    return Subject(
        Served(0, "things", "v1", Audience.PUBLIC, published, everywhere, hosts, False),
        root,
        "contract.json",
        (),
    )


def sweep(swept: Subject, change: Change, admits: Callable[[Audience, str, str], bool]) -> Results:
    upstream = EverythingUpstream()
    gateway = FakeGateway(upstream, change, admits)
    with _serving(gateway) as ports:
        gateway.ring_of = dict(zip(ports, RINGS, strict=True))
        doors = [Door(ring, f"127.0.0.1:{port}") for port, ring in gateway.ring_of.items()]
        return Sweep(doors, upstream).run(iter([swept]))


@contextmanager
def _serving(gateway: FakeGateway) -> Iterator[list[int]]:
    """The gateway on a port for each ring."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in RINGS]
    config = uvicorn.Config(
        gateway, lifespan="off", log_level="error", server_header=False, date_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets})
    thread.start()
    try:
        yield [listener.getsockname()[1] for listener in sockets]
    finally:
        server.should_exit = True
        thread.join()
