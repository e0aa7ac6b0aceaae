"""What a ring takes of hostile clients: every bound of docs/bounds.md, reached with raw sockets."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import TIMEOUT_SECONDS, Connection, request

Launch = Callable[..., Gateway]
ORDERS = "/shop/v1/orders"
SOON_MS = 300


def bounded(node: Node, ring: str = "public", **bounds: int) -> None:
    """The next revision has these bounds on `ring`, and waits for upstreams no longer than a second."""

    def bound(manifest: dict[str, object]) -> None:
        manifest["rings"][ring]["bounds"] = bounds  # type: ignore[index]

    node.publish(change=bound, bundle=lambda ring, content: content["upstream"].update(io_timeout_ms=1000))


def tcp(node: Node, *, source: str = "127.0.0.1") -> socket.socket:
    """A connection to the public ring that says nothing."""
    return socket.create_connection(node.addresses["public"], TIMEOUT_SECONDS, (source, 0))


def is_closed(client: socket.socket) -> bool:
    """Whether the gateway closes it; waits for that."""
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def is_open(client: socket.socket) -> bool:
    client.settimeout(0.2)
    with contextlib.suppress(TimeoutError):
        return client.recv(1) != b""
    return True


@contextlib.contextmanager
def held(node: Node, count: int) -> Iterator[list[socket.socket]]:
    """So many connections that stay open; those of the gateway's own start may take a moment to be gone."""
    clients: list[socket.socket] = []

    def filled() -> bool:
        clients[:] = [client for client in clients if is_open(client)]
        clients.extend(tcp(node) for _ in range(count - len(clients)))
        return all(is_open(client) for client in clients)

    wait_for(filled, lambda: f"no {count} connections")
    yield clients
    for client in clients:
        client.close()


def test_a_ring_has_so_many_connections_and_closes_further_ones(node: Node, launch: Launch) -> None:
    bounded(node, connections=5)
    launch()
    with held(node, 5) as clients:
        assert is_closed(tcp(node))
        assert all(is_open(client) for client in clients)
        assert call(node, "partner").status == 401  # other rings have places of their own
    wait_for(lambda: is_open(tcp(node)), lambda: "places were not given back")


def test_one_address_cannot_take_all_connections(node: Node, launch: Launch) -> None:
    bounded(node, connections_per_address=3)
    launch()
    with held(node, 3):
        assert is_closed(tcp(node))
        assert is_open(tcp(node, source="127.0.0.2"))


@pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x01\x02\x00\x01\x00"], ids=["silent", "half a hello"])
def test_a_handshake_has_a_deadline(node: Node, launch: Launch, beginning: bytes) -> None:
    bounded(node, handshake_ms=SOON_MS)
    launch()
    client = tcp(node)
    client.sendall(beginning)
    assert is_closed(client)


def test_a_head_has_one_deadline_however_it_drips(node: Node, launch: Launch) -> None:
    bounded(node, request_head_ms=SOON_MS)
    gateway = launch()
    with Connection(node, "public") as connection:
        connection.send(b"GET / HTTP/1.1\r\n")
        with contextlib.suppress(OSError):
            for _ in range(20):
                connection.send(b"A: b\r\n")
                time.sleep(SOON_MS / 10_000)
        response = connection.response()
        assert connection.closed_by_peer()
    assert (response.status, response.code) == (408, "request_timeout")
    assert gateway.log_line(response.header("x-request-id"))["code"] == "request_timeout"


@pytest.mark.parametrize(
    "head",
    ["A: b\r\n" * 100, "A: " + "b" * 40_000 + "\r\n", "A: b\r\n" * 5_000],
    ids=["101 fields", "a long field", "too long in all"],
)
def test_a_head_too_large_is_431_and_the_end_of_the_connection(
    shared_gateway: Gateway, upstream: Upstream, head: str
) -> None:
    node = shared_gateway.node
    with Connection(node, "public") as connection:
        connection.send(f"GET / HTTP/1.1\r\nHost: {HOSTS['public']}\r\n{head}\r\n".encode())
        response = connection.response()
        assert connection.closed_by_peer()
    assert (response.status, response.code) == (431, "fields_too_large")
    assert shared_gateway.log_line(response.header("x-request-id"))["code"] == "fields_too_large"


@pytest.mark.parametrize(
    "fields",
    [[(f"x-{number}", "1") for number in range(101)], [("x-long", "b" * 33_000)]],
    ids=["101 fields", "33 KiB"],
)
def test_http2_has_the_same_bound_of_fields(
    shared_gateway: Gateway, upstream: Upstream, fields: list[tuple[str, str]]
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    with Http2Connection(node, "public") as connection:
        response = connection.exchange("GET", ORDERS, proof, *fields)
        assert connection.exchange("GET", ORDERS, proof).status == 200
    assert (response.status, response.code) == (431, "fields_too_large")
    assert shared_gateway.log_line(response.header("x-request-id"))["code"] == "fields_too_large"
    assert len(upstream.received) == 1


def test_idle_connections_end(node: Node, launch: Launch, upstream: Upstream) -> None:
    bounded(node, idle_ms=SOON_MS)
    launch()
    proof = credentials_for(node, "public")
    with Connection(node, "public") as fresh, Connection(node, "public") as used:
        used.exchange(request("GET", ORDERS, HOSTS["public"], proof))
        assert fresh.closed_by_peer()
        assert used.closed_by_peer()
    with Http2Connection(node, "public") as connection:
        assert connection.exchange("GET", ORDERS, proof).status == 200
        assert connection.ends()


def test_an_old_connection_takes_no_further_request(node: Node, launch: Launch, upstream: Upstream) -> None:
    bounded(node, lifetime_ms=SOON_MS)
    launch()
    proof = credentials_for(node, "public")
    ask = request("GET", ORDERS, HOSTS["public"], proof)
    with Connection(node, "public") as connection:
        assert connection.exchange(ask).header("connection") != "close"
        time.sleep(SOON_MS / 1000)
        assert connection.exchange(ask).header("connection") == "close"
        assert connection.closed_by_peer()
    with Http2Connection(node, "public") as connection:
        assert connection.exchange("GET", ORDERS, proof).status == 200
        assert connection.ends()


def test_a_body_that_drips_is_408_and_reaches_nobody_whole(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    bounded(node, body_grace_ms=SOON_MS, body_bytes_per_second=1_000)
    gateway = launch()
    proof = credentials_for(node, "public")
    head = request("POST", ORDERS, HOSTS["public"], proof, ("Content-Length", "60000"))
    with Connection(node, "public") as connection:
        connection.send(head)
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.send(b"x")
                time.sleep(0.02)
        response = connection.response()
    assert (response.status, response.code) == (408, "request_timeout")
    assert gateway.log_line(response.header("x-request-id"))["code"] == "request_timeout"
    assert all(len(sent.body) < 60_000 for sent in upstream.received)  # broken off, never completed


def test_a_body_that_drips_over_http2_is_408(node: Node, launch: Launch, upstream: Upstream) -> None:
    bounded(node, body_grace_ms=SOON_MS, body_bytes_per_second=1_000)
    launch()
    with Http2Connection(node, "public") as connection:
        proof = credentials_for(node, "public")
        stream = connection.open("POST", ORDERS, proof, body=b"x", complete=False)
        for _ in range(40):
            connection.send_body(stream, b"x")
            time.sleep(0.02)
        response = connection.response(stream)
    assert (response.status, response.code) == (408, "request_timeout")
    assert upstream.received == []


def test_a_body_that_stops_over_http2_is_408(node: Node, launch: Launch, upstream: Upstream) -> None:
    """HTTP/2 has no deadline per read in Pingora: whoever waits for the upstream ends it."""
    bounded(node)
    launch()
    with Http2Connection(node, "public") as connection:
        proof = credentials_for(node, "public")
        stream = connection.open("POST", ORDERS, proof, body=b"some", complete=False)
        response = connection.response(stream)
    assert (response.status, response.code) == (408, "request_timeout")
    assert upstream.received == []


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_whoever_guesses_credentials_waits_right_or_wrong(node: Node, launch: Launch, ring: str) -> None:
    bounded(node, ring, failed_authentications_per_minute=5)
    gateway = launch()
    right = credentials_for(node, ring)
    wrong = [("X-Api-Key", f"rw_test_{guess}") for guess in range(8)]
    answers = [call(node, ring, guess) for guess in wrong]
    assert [answer.status for answer in answers] == [401] * 6 + [429] * 2
    assert (answers[-1].code, answers[-1].header("retry-after")) == ("rate_limited", "12")
    waiting = call(node, ring, right)
    assert (waiting.status, waiting.code) == (429, "rate_limited")
    assert "wrong credentials" in str(gateway.log_line(waiting.header("x-request-id"))["internal_reason"])
    hidden, missing = (call(node, ring, right, target=target) for target in ("/ledger/v1/orders", "/none"))
    assert hidden.without_moment == missing.without_moment
    with Connection(node, ring, source="127.0.0.2") as other:
        assert other.exchange(request("GET", ORDERS, HOSTS[ring], right)).status == 200
