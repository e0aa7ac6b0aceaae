"""What the tests of bodies share: a contract in the form gateways follow, and a service that writes bytes as told."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from tests.gateway.node import Node
from tests.gateway.raw_upstream import Message, message

Json = dict[str, Any]
OUTER = ("partner", "public")
ORDERS = "/shop/v1/orders"

ORDER = 0
JSON_TYPES = ("application/json", "application/x-ndjson", "application/json-seq", "text/event-stream")
# `secret` and `cost` are declared for inner rings; what is not named is undeclared.
NODES: list[Json] = [
    {"object": {"properties": [["id", 1], ["total", 2], ["items", 3], ["secret", 5]]}},
    {"string": {}},
    {"number": {}},
    {"array": {"items": 4}},
    {"object": {"properties": [["sku", 1], ["cost", 5]]}},
    {},
]
STATUSES: Json = {
    "200": {
        "headers": ["x-total-count"],
        "content": {name: {"json": ORDER} for name in JSON_TYPES} | {"text/csv": "opaque"},
    },
    "204": {},
    "302": {},
    "404": {"content": {"application/problem+json": {"json": ORDER}}},
}
WHOLE = b'{"id":"1","total":2,"secret":"LEAK-secret","items":[{"sku":"a","cost":9.5}],"risk":"LEAK-risk"}'
SHOWN = b'{"id":"1","total":2,"items":[{"sku":"a"}]}'


def projection(**operations: Json) -> Json:
    """Every operation shows an order; `operations` says otherwise."""
    known = {name: {"statuses": STATUSES} for name in ("listOrders", "getOrder", "createOrder")}
    return {"format": 1, "nodes": NODES, "operations": known | operations}


def following(
    node: Node, rule: Json | None = None, *, more: Callable[[str, Json], None] = lambda ring, bundle: None,
    **operations: Json,
) -> Callable[[str, Json], None]:  # fmt: skip
    """For `Node.publish`: the outer rings follow the contract by `rule`, the internal one reports."""
    name = node.put(projection(**operations))

    def change(ring: str, bundle: Json) -> None:
        given = {"mode": "report"} if ring == "internal" else rule or {"mode": "enforce"}
        bundle["projection"] = given | {"object": name}
        bundle["requires"] = ["projection"]
        more(ring, bundle)

    return change


def head(status: int = 200, *fields: str, kind: str | None = "application/json") -> bytes:
    """The beginning of a response, up to its empty line."""
    lines = [f"HTTP/1.1 {status} OK", *([f"Content-Type: {kind}"] if kind else []), *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def sized(body: bytes, status: int = 200, *fields: str, kind: str | None = "application/json") -> bytes:
    return head(status, *fields, f"Content-Length: {len(body)}", kind=kind) + body


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class Service:
    """Answers each request with the bytes of `script`, piece by piece; after them it closes if `closes`."""

    def __init__(self) -> None:
        self.script: Callable[[Message], Iterable[bytes]] = lambda request: [sized(WHOLE)]
        self.closes = False
        self.received: list[Message] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def answers(self, *pieces: bytes, closes: bool = False) -> None:
        self.script, self.closes = lambda request: pieces, closes
        self.received.clear()

    @property
    def last(self) -> Message:
        return self.received[-1]

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        rest = b""
        with contextlib.suppress(OSError), client:
            while data := client.recv(65_536):
                rest += data
                while taken := message(rest):
                    request, rest = taken
                    self.received.append(request)
                    for piece in self.script(request):
                        client.sendall(piece)
                    if self.closes:
                        return


def removed(line: dict[str, object]) -> dict[str, tuple[str, int]]:
    """Pointer → (reason, count) of a line of the access log."""
    rows = line.get("removed", [])
    assert isinstance(rows, list)
    return {row["pointer"]: (row["reason"], row["count"]) for row in rows}


def text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
