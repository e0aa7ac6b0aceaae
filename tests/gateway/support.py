"""What several files of tests need to call the gateway."""

from __future__ import annotations

import json

from tests.gateway.node import HOSTS, Node
from tests.gateway.wire import Connection, Response, request

Field = tuple[str, str]


def credentials_for(node: Node, ring: str) -> Field:
    """A header field that proves a caller on this ring."""
    if ring == "internal":
        return ("X-Internal-Service-Token", node.tokens.issue("billing"))
    return ("X-Api-Key", node.key(ring).text)


def call(
    node: Node,
    ring: str,
    *fields: Field,
    method: str = "GET",
    target: str = "/shop/v1/orders",
    body: bytes | None = None,
) -> Response:
    """One request on a connection of its own."""
    with Connection(node, ring) as connection:
        return connection.exchange(request(method, target, HOSTS[ring], *fields, body=body))


def checkpointed(node: Node) -> dict[str, int]:
    """Calls of the day the gateway has on disk, by caller."""
    file = node.root / "limits/day.ndjson"
    lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    windows = [json.loads(line)["used"] for line in lines if line.endswith(b"\n")]
    return {caller: used for window in windows for caller, used in window.items()}
