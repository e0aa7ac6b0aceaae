"""WebSocket: a tunnel where the contract says so, after the wall's whole judgement; anywhere else nothing is new."""

from __future__ import annotations

import base64
import hashlib
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, request

Launch = Callable[..., Gateway]
ORDERS = "/shop/v1/orders"
KEY = base64.b64encode(b"0123456789abcdef").decode()
ACCEPT = base64.b64encode(
    hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode(), usedforsecurity=False).digest()
).decode()
HANDSHAKE: tuple[Field, ...] = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Protocol", "orders.v1"),
)
SWITCHING = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {ACCEPT}\r\nSec-WebSocket-Protocol: orders.v1\r\nServer: orders-3\r\n"
    "X-Internal-Shard: 7\r\n\r\n"
)


class Echo:
    """A service that opens a tunnel and sends back what it gets; `heads` are the requests it received."""

    def __init__(self, opening: str = SWITCHING) -> None:
        self.heads: queue.Queue[bytes] = queue.Queue()
        self._opening = opening.encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def head(self) -> str:
        return self.heads.get(timeout=20).decode("latin-1").lower()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            self.heads.put(head)
            client.sendall(self._opening)
            while data := client.recv(65_536):
                client.sendall(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.close()


def tunnelled(port: int, idle_ms: int = 60_000, lifetime_ms: int = 600_000) -> Callable[..., None]:
    def change(ring: str, bundle: dict[str, Any]) -> None:
        upstream_is(port=port)(ring, bundle)
        bounds = {"idle_ms": idle_ms, "lifetime_ms": lifetime_ms}
        bundle["paths"][0]["operations"]["GET"]["websocket"] = bounds

    return change


def upgrade(node: Node, ring: str, connection: Connection, *fields: Field) -> str:
    """Asks for the tunnel; the head of the answer, in lower case."""
    connection.send(request("GET", ORDERS, HOSTS[ring], credentials_for(node, ring), *HANDSHAKE, *fields))
    return connection.read_until(b"\r\n\r\n").decode("latin-1").lower()


def keep_talking(connection: Connection) -> None:
    while True:
        connection.send(b"tick")
        connection.read_until(b"tick")


@pytest.mark.parametrize("ring", RINGS)
def test_bytes_pass_both_ways_once_the_service_agreed(
    node: Node, launch: Launch, echo: Echo, ring: str
) -> None:
    node.publish(bundle=tunnelled(echo.port))
    gateway = launch()
    sent = bytes(range(256)) * 400  # more than max_body_bytes: a tunnel has no body
    with Connection(node, ring) as connection:
        head = upgrade(node, ring, connection)
        assert head.startswith("http/1.1 101 ")
        assert f"sec-websocket-accept: {ACCEPT.lower()}\r\n" in head
        assert "sec-websocket-protocol: orders.v1\r\n" in head
        connection.send(sent)
        assert connection.read_until(sent[-700:]).endswith(sent[-700:])
        connection.send(b"last words")
        assert connection.read_until(b"last words").endswith(b"last words")
    gateway.eventually(lambda: any(line["status"] == 101 for line in node.log_lines()))
    line = next(line for line in node.log_lines() if line["status"] == 101)
    assert line["operation"] == "listOrders"


def test_the_service_hears_who_calls_and_no_credential(node: Node, launch: Launch, echo: Echo) -> None:
    node.publish(bundle=tunnelled(echo.port))
    launch()
    with Connection(node, "public") as connection:
        upgrade(node, "public", connection, ("X-Ringwork-Consumer", "forged"))
        head = echo.head()
    assert "upgrade: websocket\r\n" in head
    assert "connection: upgrade\r\n" in head
    assert f"sec-websocket-key: {KEY.lower()}\r\n" in head
    assert "x-ringwork-consumer: dev-1\r\n" in head
    assert "forged" not in head
    assert "x-api-key" not in head


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_the_opening_says_nothing_of_the_inside(node: Node, launch: Launch, echo: Echo, ring: str) -> None:
    node.publish(bundle=tunnelled(echo.port))
    launch()
    with Connection(node, ring) as connection:
        head = upgrade(node, ring, connection)
    assert "orders-3" not in head
    assert "shard" not in head


@pytest.mark.parametrize("ring", RINGS)
def test_a_stranger_gets_no_tunnel(node: Node, launch: Launch, echo: Echo, ring: str) -> None:
    node.publish(bundle=tunnelled(echo.port))
    launch()
    response = call(node, ring, *HANDSHAKE)
    assert (response.status, response.code) == (401, "credentials_missing")
    assert echo.heads.empty()


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_hidden_and_missing_are_the_same_to_who_asks_for_a_tunnel(
    node: Node, launch: Launch, upstream: Upstream, ring: str
) -> None:
    node.publish(bundle=tunnelled(upstream.port))
    launch()
    proof = credentials_for(node, ring)

    def ask(target: str) -> Response:
        return call(node, ring, proof, *HANDSHAKE, target=target)

    for hidden, missing in [
        (f"{ORDERS}/export", "/shop/v1/absent"),
        ("/ledger/v1/orders", "/absent/v1/orders"),
    ]:
        assert ask(hidden).without_moment == ask(missing).without_moment
        assert ask(hidden).status == 404
    assert upstream.received == []


@pytest.mark.parametrize("ring", RINGS)
def test_where_nothing_is_said_an_upgrade_is_a_plain_request(
    node: Node, launch: Launch, upstream: Upstream, ring: str
) -> None:
    node.publish(bundle=tunnelled(upstream.port))
    launch()
    response = call(node, ring, credentials_for(node, ring), *HANDSHAKE, target=f"{ORDERS}/7")
    assert response.status == 200
    assert upstream.last.header("upgrade") is None


@pytest.mark.parametrize("spoiled", ["Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"])
def test_half_a_handshake_is_a_plain_request(
    node: Node, launch: Launch, upstream: Upstream, spoiled: str
) -> None:
    node.publish(bundle=tunnelled(upstream.port))
    launch()
    fields = [(name, "x" if name == spoiled else value) for name, value in HANDSHAKE]
    response = call(node, "public", credentials_for(node, "public"), *fields)
    assert response.status == 200
    assert upstream.last.header("upgrade") is None


def test_a_service_that_does_not_agree_answers_as_usual(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    node.publish(bundle=tunnelled(upstream.port))
    launch()
    with Connection(node, "public") as connection:
        fields = credentials_for(node, "public"), *HANDSHAKE
        response = connection.exchange(request("GET", ORDERS, HOSTS["public"], *fields))
    assert (response.status, response.body) == (200, b'{"ok":true}')


def test_a_service_that_opens_something_else_is_at_fault(node: Node, launch: Launch) -> None:
    echo = Echo(SWITCHING.replace("Upgrade: websocket", "Upgrade: tls/1.0"))
    node.publish(bundle=tunnelled(echo.port))
    launch()
    response = call(node, "public", credentials_for(node, "public"), *HANDSHAKE)
    assert (response.status, response.code) == (502, "upstream_fault")
    echo.close()


def test_a_silent_tunnel_ends(node: Node, launch: Launch, echo: Echo) -> None:
    node.publish(bundle=tunnelled(echo.port, idle_ms=300))
    gateway = launch()
    with Connection(node, "public") as connection:
        upgrade(node, "public", connection)
        assert connection.rest() == b""  # nothing is said in HTTP to who speaks it no more
    gateway.eventually(lambda: any(line["status"] == 101 for line in node.log_lines()))
    line = next(line for line in node.log_lines() if line["status"] == 101)
    assert "silent" in str(line["internal_reason"])


def test_a_busy_tunnel_ends_with_its_lifetime(node: Node, launch: Launch, echo: Echo) -> None:
    node.publish(bundle=tunnelled(echo.port, lifetime_ms=700))
    gateway = launch()
    with Connection(node, "public") as connection:
        upgrade(node, "public", connection)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            keep_talking(connection)
    gateway.eventually(lambda: any(line["status"] == 101 for line in node.log_lines()))
    line = next(line for line in node.log_lines() if line["status"] == 101)
    assert line["internal_reason"] == "tunnel: lifetime over"
