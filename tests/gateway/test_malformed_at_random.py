"""Ten thousand requests that are wrong somewhere: none crashes the gateway, none is a fault of its own, and none
tells what is hidden from what does not exist."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection

REQUESTS = 10_000
SEED = 20_260
# Of the same length: a bound on bytes must not be what differs.
HIDDEN, MISSING = b"/ledger/v1/orders", b"/absent/v1/orders"
TARGET = b"@TARGET@"
PIECES = [
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b",", b";", b"/", b"//", b"/../", b"%2f", b"%00",
    b"%", b"%ff", b"#", b"?", b"@", b"\\", b"\x7f", b"\xff", b"\xc0\xaf", b"GET", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0",
    b"Host: x\r\n", b"Content-Length: 3\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n", b"Transfer-Encoding:\tchunked\r\n", b"Transfer-Encoding: xchunked\r\n",
    b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n", b"Connection: close, host\r\n", b" folded\r\n", b"0\r\n\r\n",
    b"5;ext=1\r\nhello\r\n", b"0x5\r\n", b"ffffffffffffffff\r\n", b"X: " + b"a" * 300 + b"\r\n", b"PRI * HTTP/2.0\r\n",
]  # fmt: skip


def whole(method: bytes, host: str, proof: tuple[str, str], rest: bytes) -> bytes:
    lines = [method + b" " + TARGET + b" HTTP/1.1", b"Host: " + host.encode(), ": ".join(proof).encode()]
    return b"\r\n".join(lines) + b"\r\n" + rest


def malformed(dice: random.Random, host: str, proof: tuple[str, str]) -> bytes:
    """A request with one to four mistakes; its target is still to be filled in."""
    rest = dice.choice(
        [
            b"\r\n",
            b"Content-Length: 5\r\n\r\nhello",
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ]
    )
    wire = whole(dice.choice([b"GET", b"POST", b"DELETE", b"TRACE", b"get", b"*"]), host, proof, rest)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(wire))
        # The place of the target stays: what is compared is what follows from it.
        if TARGET in wire[max(0, at - 8) : at + 16] and dice.random() < 0.7:
            at = 0 if dice.random() < 0.3 else len(wire)
        cut = dice.choice([0, 0, 0, 1, 2, 8])
        wire = wire[:at] + dice.choice(PIECES) + wire[at + cut :]
    return wire


def patient(manifest: dict[str, Any]) -> None:
    """A broken key is a wrong one: the wait for those who guess is not what this is about."""
    for ring in manifest["rings"].values():
        ring["bounds"] = {"failed_authentications_per_minute": 1_000_000}


def answer(node: Node, ring: str, wire: bytes) -> tuple[int, bytes]:
    """Status and comparable bytes; status 0 when the gateway closed without a word."""
    with Connection(node, ring) as connection:
        try:
            connection.send(wire + b"\r\n\r\n")  # no head stays incomplete
            response = connection.response(head=wire.startswith(b"HEAD"))
        except ConnectionError:
            return 0, b""
    return response.status, response.without_moment


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_none_crashes_none_is_our_fault_and_none_tells_hidden_from_missing(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream, ring: str
) -> None:
    node.publish(change=patient)
    gateway = launch()
    dice = random.Random(f"{SEED} {ring}")
    proof = credentials_for(node, ring)
    statuses: dict[int, int] = {}
    for _ in range(REQUESTS // 4):  # two rings, two targets
        wire = malformed(dice, HOSTS[ring], proof)
        hidden, missing = (answer(node, ring, wire.replace(TARGET, target)) for target in (HIDDEN, MISSING))
        assert hidden == missing, wire
        statuses[hidden[0]] = statuses.get(hidden[0], 0) + 1
    assert not any(status >= 500 for status in statuses), statuses
    assert statuses[400] > REQUESTS // 20, statuses
    assert upstream.received == []
    upstream.forget()
    assert gateway.running
    assert call(node, ring, credentials_for(node, ring)).status == 200
