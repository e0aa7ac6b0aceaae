"""Responses that take long: every piece leaves when it comes, and silence has the upstream's bound, no other."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.wire import Connection, request

Launch = Callable[..., Gateway]
ORDERS = "/shop/v1/orders"
HEADER = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
SILENCE_MS = 3_000


class EventSource:
    """An upstream that sends an event when told to; None ends the response."""

    def __init__(self) -> None:
        self.events: queue.Queue[bytes | None] = queue.Queue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def send(self, event: bytes) -> None:
        self.events.put(event)

    def end(self) -> None:
        self.events.put(None)

    def close(self) -> None:
        self.end()
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client:
            client.recv(65_536)
            client.sendall(HEADER)
            while (event := self.events.get()) is not None:
                client.sendall(b"%x\r\n%s\r\n" % (len(event), event))
            client.sendall(b"0\r\n\r\n")


@pytest.fixture
def source() -> Iterator[EventSource]:
    source = EventSource()
    yield source
    source.close()


def subscribe(node: Node, ring: str, connection: Connection) -> None:
    fields = ("Accept", "text/event-stream"), credentials_for(node, ring)
    connection.send(request("GET", ORDERS, HOSTS[ring], *fields))


@pytest.mark.parametrize("ring", RINGS)
def test_an_event_arrives_before_the_next_is_sent(
    node: Node, launch: Launch, source: EventSource, ring: str
) -> None:
    node.publish(bundle=upstream_is(port=source.port))
    launch()
    with Connection(node, ring) as connection:
        subscribe(node, ring, connection)
        for number in range(3):
            event = b"data: %d\n\n" % number
            source.send(event)
            assert event in connection.read_until(event)
        source.end()
        assert connection.read_until(b"\r\n0\r\n\r\n").endswith(b"0\r\n\r\n")


def test_an_event_arrives_over_http2_before_the_next_is_sent(
    node: Node, launch: Launch, source: EventSource
) -> None:
    node.publish(bundle=upstream_is(port=source.port))
    launch()
    with Http2Connection(node, "public") as connection:
        stream = connection.open("GET", ORDERS, credentials_for(node, "public"))
        for count in range(1, 4):
            source.send(b"data: x\n\n")
            assert connection.body_so_far(stream, 9 * count) == b"data: x\n\n" * count
        source.end()
        assert connection.response(stream).reset is None


def test_a_stream_may_take_longer_than_a_silence_may(node: Node, launch: Launch, source: EventSource) -> None:
    node.publish(bundle=upstream_is(port=source.port, io_timeout_ms=SILENCE_MS))
    gateway = launch()
    with Connection(node, "public") as connection:
        subscribe(node, "public", connection)
        since = time.monotonic()
        while time.monotonic() - since < 1.3 * SILENCE_MS / 1000:
            source.send(b"data: x\n\n")
            connection.read_until(b"data: x\n\n")
            time.sleep(0.2)
        source.end()
        assert connection.read_until(b"\r\n0\r\n\r\n").endswith(b"0\r\n\r\n")
    gateway.eventually(lambda: any(line["status"] == 200 for line in node.log_lines()))


def test_a_silence_longer_than_the_manifest_says_breaks_the_stream_off(
    node: Node, launch: Launch, source: EventSource
) -> None:
    node.publish(bundle=upstream_is(port=source.port, io_timeout_ms=500))
    launch()
    with Connection(node, "public") as connection:
        subscribe(node, "public", connection)
        source.send(b"data: x\n\n")
        connection.read_until(b"data: x\n\n")
        assert connection.rest() in (b"", b"\r\n")  # no end of the chunked body: broken off, not ended
