"""Upstreams that are down, slow or broken, and a wall that panics: closed answers, and a gateway that stays."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request
from tests.support.ports import free_port

Launch = Callable[..., Gateway]
Json = dict[str, Any]


def upstream_is(**members: object) -> Callable[[str, Json], None]:
    return lambda ring, bundle: bundle["upstream"].update(members)


def test_an_upstream_that_is_down_is_502(node: Node, launch: Launch) -> None:
    node.publish(bundle=upstream_is(port=free_port()))
    gateway = launch()
    for ring in RINGS:
        response = call(node, ring, credentials_for(node, ring))
        assert (response.status, response.code) == (502, "upstream_unreachable")
        assert b"pingora" not in response.raw.lower()
        line = gateway.log_line(response.header("x-request-id"))
        assert (line["status"], line["operation"]) == (502, "listOrders")


def test_a_name_that_does_not_resolve_is_502(node: Node, launch: Launch) -> None:
    node.publish(bundle=upstream_is(host="nowhere.invalid"))
    launch()
    response = call(node, "public", credentials_for(node, "public"))
    assert (response.status, response.code) == (502, "upstream_unreachable")


def test_an_upstream_is_found_by_name(node: Node, launch: Launch, upstream: Upstream) -> None:
    node.publish(bundle=upstream_is(host="localhost"))
    launch()
    assert call(node, "public", credentials_for(node, "public")).status == 200
    assert upstream.last.header("host") == f"localhost:{upstream.port}"


def test_a_silent_upstream_is_504(node: Node, launch: Launch, upstream: Upstream) -> None:
    node.publish(bundle=upstream_is(io_timeout_ms=200))
    launch()
    held = upstream.hold()
    response = call(node, "public", credentials_for(node, "public"))
    held.leave.set()
    assert (response.status, response.code) == (504, "upstream_timeout")


@pytest.mark.parametrize(
    "said",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nA"],
)
def test_an_upstream_that_breaks_the_protocol_is_502(node: Node, launch: Launch, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        node.publish(bundle=upstream_is(port=listener.getsockname()[1]))
        launch()
        answering = threading.Thread(target=answer_with, args=(listener, said), daemon=True)
        answering.start()
        response = call(node, "public", credentials_for(node, "public"), method="POST", body=b"{}")
        assert (response.status, response.code) == (502, "upstream_fault")


def test_an_answer_that_breaks_off_is_seen_to_break_off(node: Node, launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        node.publish(bundle=upstream_is(port=listener.getsockname()[1]))
        launch()
        half = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf"
        threading.Thread(target=answer_with, args=(listener, half), daemon=True).start()
        with Connection(node, "public") as connection, pytest.raises((ConnectionError, OSError)):
            connection.exchange(
                request("GET", "/shop/v1/orders", HOSTS["public"], credentials_for(node, "public"))
            )


def answer_with(listener: socket.socket, said: bytes) -> None:
    """Answers every connection once and closes it."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            connection.sendall(said)


def test_a_retried_call_is_not_a_call_twice(node: Node, launch: Launch, upstream: Upstream) -> None:
    """POST is sent once whatever happens to its connection (RFC 9110 §9.2.2)."""
    attempts: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drop() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    attempts.append(connection.recv(65536))

        threading.Thread(target=drop, daemon=True).start()
        node.publish(bundle=upstream_is(port=listener.getsockname()[1]))
        launch()
        response = call(node, "public", credentials_for(node, "public"), method="POST", body=b"{}")
    assert response.status == 502
    assert len(attempts) == 1


@pytest.mark.parametrize("ring", RINGS)
def test_a_panic_in_the_wall_is_503_and_the_gateway_stays(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    """Needs a development build: release builds cannot be made to panic."""
    node = shared_gateway.node
    proof = credentials_for(node, ring)
    response = call(node, ring, proof, ("X-Inject-Wall-Fault", "1"))
    assert (response.status, response.code) == (503, "wall_fault")
    assert upstream.received == []
    line = shared_gateway.log_line(response.header("x-request-id"))
    assert "panicked" in str(line["internal_reason"])
    assert "injected fault" in shared_gateway.own_log()
    assert call(node, ring, proof).status == 200
