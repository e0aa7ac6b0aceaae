"""Clients that take their time: with a body, with reading a response, with a window they never open. Each is let go."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest
from hyperframe.frame import SettingsFrame, WindowUpdateFrame

from tests.gateway.frames import PREFACE, FrameConnection
from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Reply, Upstream
from tests.gateway.wire import TIMEOUT_SECONDS, Connection, client_context, request

Launch = Callable[..., Gateway]
ORDERS = "/shop/v1/orders"
SOON_MS = 300
# More than all buffers between upstream and client hold.
LARGE = Reply(body=b"x" * 24_000_000)


@pytest.fixture
def gateway(node: Node, launch: Launch) -> Gateway:
    """Impatient with clients, patient with upstreams."""
    bounded(node, silence_ms=SOON_MS)
    return launch()


def bounded(node: Node, **bounds: int) -> int:
    """The next revision has these bounds on the public ring."""

    def bound(manifest: dict[str, object]) -> None:
        manifest["rings"]["public"]["bounds"] = bounds  # type: ignore[index]

    return node.publish(change=bound)


@pytest.fixture
def proof(node: Node) -> tuple[str, str]:
    name, value = credentials_for(node, "public")
    return name.lower(), value


@contextlib.contextmanager
def with_little_room(node: Node, *protocols: str) -> Iterator[Connection]:
    """A connection whose kernel takes little before it is read."""
    context = client_context(node.authorities["public"].file)
    context.set_alpn_protocols(list(protocols))
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(TIMEOUT_SECONDS)
    plain.connect(node.addresses["public"])
    with Connection.over(context.wrap_socket(plain, server_hostname=HOSTS["public"])) as connection:
        yield connection


def send_for_ever(connection: Connection, data: bytes) -> NoReturn:
    while True:
        connection.send(data)


def line_of(gateway: Gateway, status: int) -> dict[str, object]:
    """The line in the log of the call that ended so."""

    def lines() -> list[dict[str, object]]:
        return [line for line in gateway.node.log_lines() if line["status"] == status]

    gateway.eventually(lambda: bool(lines()))
    return lines()[0]


def test_a_body_that_stops_is_408_and_never_completed(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    with Connection(gateway.node, "public") as connection:
        connection.send(request("POST", ORDERS, HOSTS["public"], proof, ("Content-Length", "10")) + b"some")
        response = connection.response()
        assert connection.closed_by_peer()
    assert (response.status, response.code) == (408, "request_timeout")
    assert all(len(sent.body) < 10 for sent in upstream.received)  # broken off, never completed


def test_a_body_that_stops_over_http2_is_reset_and_has_its_line(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    """Long before the upstream would be given up."""
    with Http2Connection(gateway.node, "public") as connection:
        stream = connection.open("POST", ORDERS, proof, body=b"some", complete=False)
        assert connection.response(stream).reset is not None
        assert connection.exchange("GET", ORDERS, proof).status == 200
    line = line_of(gateway, 408)
    assert (line["code"], line["consumer"], line["path"]) == ("request_timeout", "dev-1", ORDERS)
    assert [received.method for received in upstream.received] == ["GET"]


def test_a_stream_that_the_upstream_answered_may_be_silent(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    """Once it answers, both sides have their own pace; what was said is heard to its end."""
    upstream.reply = lambda received: Reply(body=b"done", after_seconds=3 * SOON_MS / 1000)
    with Http2Connection(gateway.node, "public") as connection:
        response = connection.exchange("POST", ORDERS, proof, body=b"all of it")
    assert (response.status, response.body) == (200, b"done")


def test_who_does_not_read_a_response_is_let_go(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    upstream.reply = lambda received: LARGE
    with with_little_room(gateway.node, "http/1.1") as connection:
        connection.send(request("GET", ORDERS, HOSTS["public"], proof))
        line = line_of(gateway, 200)
    assert int(str(line["response_bytes"])) < len(LARGE.body)


def test_who_asks_and_asks_and_never_reads_is_let_go(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    with with_little_room(gateway.node, "http/1.1") as connection:
        many = request("GET", f"{ORDERS}/none/none", HOSTS["public"], proof) * 500
        connection.socket.settimeout(10)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            send_for_ever(connection, many)
    assert call(gateway.node, "public", proof).status == 200


def test_who_never_opens_the_window_is_let_go(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    """HTTP/2's own way not to read."""
    upstream.reply = lambda received: LARGE
    with FrameConnection(gateway.node, "public", greet=False) as connection:
        connection.send(PREFACE, SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}))
        connection.send(connection.open(1, "GET", ORDERS, proof))
        assert connection.read_until(lambda: connection.reset_of(1) is not None)
    assert int(str(line_of(gateway, 200)["response_bytes"])) == 0


def test_who_opens_the_window_byte_by_byte_is_let_go(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    """CVE-2019-9511: each byte comes in time, the piece never does."""
    upstream.reply = lambda received: LARGE
    with FrameConnection(gateway.node, "public", greet=False) as connection:
        connection.send(PREFACE, SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}))
        connection.send(connection.open(1, "GET", ORDERS, proof))
        until = time.monotonic() + TIMEOUT_SECONDS
        while connection.reset_of(1) is None and not connection.ended:
            assert time.monotonic() < until, "served a byte at a time for ever"
            connection.send(WindowUpdateFrame(1, window_increment=1))
            connection.read_frame()
        assert connection.reset_of(1) is not None


def test_who_never_reads_over_http2_is_let_go(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    """The window is open, the socket is full."""
    upstream.reply = lambda received: LARGE
    with with_little_room(gateway.node, "h2") as connection:
        frames = FrameConnection.over(connection.socket, "public")
        window = SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 2**31 - 1})
        frames.send(PREFACE, window, WindowUpdateFrame(0, window_increment=2**30))
        frames.send(frames.open(1, "GET", ORDERS, proof))
        line_of(gateway, 200)
        gateway.eventually(lambda: frames.is_over_within(1))


def test_a_connection_has_so_many_requests(
    gateway: Gateway, upstream: Upstream, proof: tuple[str, str]
) -> None:
    gateway.serves_revision(bounded(gateway.node, requests_per_connection=3))
    ask = request("GET", ORDERS, HOSTS["public"], proof)
    with Connection(gateway.node, "public") as connection:
        said = [connection.exchange(ask).header("connection") for _ in range(3)]
        assert said[-1] == "close" and "close" not in said[:-1]
        assert connection.closed_by_peer()
