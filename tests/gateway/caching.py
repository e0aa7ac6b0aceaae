"""What the tests of caching share: a node whose reads are kept, and a service that counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call
from tests.gateway.upstream import Received, Reply, Upstream
from tests.gateway.wire import Response

MAX_OBJECT_BYTES = 4096


def keeping(**rules: Any) -> Callable[[str, dict[str, Any]], None]:
    """For `Node.publish`: every GET is kept, for a minute where the service says nothing."""
    cache = {"ttl_ms": 60_000, "max_object_bytes": MAX_OBJECT_BYTES} | rules

    def change(ring: str, bundle: dict[str, Any]) -> None:
        for path in bundle["paths"]:
            if "GET" in path["operations"]:
                path["operations"]["GET"]["cache"] = cache

    return change


def counting(*fields: Field, status: int = 200, size: int = 0) -> Callable[[Received], Reply]:
    """Every answer tells its number, so that a kept one is known by it."""
    numbers = count(1)

    def reply(received: Received) -> Reply:
        body = b"%d" % next(numbers)
        kind = [] if any(name == "Content-Type" for name, _ in fields) else [("Content-Type", "text/plain")]
        return Reply(status, body.ljust(size), [*kind, *fields])

    return reply


class Reader:
    """One caller on one ring."""

    def __init__(self, node: Node, gateway: Gateway, ring: str, credential: Field) -> None:
        self.node, self.gateway, self.ring, self.credential = node, gateway, ring, credential

    def get(self, *fields: Field, **given: Any) -> Response:
        return call(self.node, self.ring, self.credential, *fields, **given)

    def outcome(self, response: Response) -> object:
        """What the access log says the cache had to do with it."""
        return self.gateway.log_line(response.header("x-request-id")).get("cache")

    def outcomes(self, *fields: Field, times: int = 2, **given: Any) -> list[object]:
        return [self.outcome(self.get(*fields, **given)) for _ in range(times)]


def values(response: Response, name: str) -> list[str]:
    return [value for given, value in response.headers if given == name]


def reads(upstream: Upstream) -> int:
    return sum(received.method in ("GET", "HEAD") for received in upstream.received)
