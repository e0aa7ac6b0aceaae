"""Calls that take long are judged again: who may not call any more is cut off, silent or not, and nobody else is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.test_streams import EventSource, source
from tests.gateway.test_websocket import HANDSHAKE, Echo, echo, tunnelled
from tests.gateway.wire import Connection, request

__all__ = ["echo", "source"]

Launch = Callable[..., Gateway]
Json = dict[str, Any]
ORDERS = "/shop/v1/orders"


def opened(node: Node, ring: str, connection: Connection, credential: Field, *fields: Field) -> None:
    """A call to `ORDERS` of which the head of the answer is there."""
    connection.send(request("GET", ORDERS, HOSTS[ring], credential, *fields))
    head = connection.read_until(b"\r\n\r\n").split(b" ")[1]
    assert head in (b"101", b"200")


def reason(gateway: Gateway, node: Node) -> object:
    """Why the one long call ended, from its line in the log."""

    def lines() -> list[Json]:
        return [line for line in node.log_lines() if str(line.get("internal_reason")).startswith("withdrawn")]

    gateway.eventually(lambda: bool(lines()))
    (line,) = lines()
    return line["internal_reason"]


def revoking_key(node: Node) -> tuple[Field, Callable[[], None]]:
    key = node.key("public")
    return ("X-Api-Key", key.text), lambda: node.change_identity({"change": "delete_key", "id": key.id})


def expiring_key(node: Node) -> tuple[Field, Callable[[], None]]:
    key = node.key("public", expires_at=int(time.time()) + 2)
    return ("X-Api-Key", key.text), lambda: None


def taking_away(node: Node) -> tuple[Field, Callable[[], None]]:
    def without(ring: str, bundle: Json) -> None:
        bundle["paths"] = [{"template": "/orders", "hidden": True, "operations": {}}]

    return ("X-Api-Key", node.key("public").text), lambda: void(node.publish(bundle=without))


def void(_: object) -> None:
    pass


ENDS = pytest.mark.parametrize("ends", [revoking_key, expiring_key, taking_away])


@ENDS
def test_a_silent_tunnel_ends_with_what_it_was_opened_by(
    node: Node, launch: Launch, echo: Echo, ends: Callable[..., tuple[Field, Callable[[], None]]]
) -> None:
    node.publish(bundle=tunnelled(echo.port))
    gateway = launch()
    credential, end = ends(node)
    with Connection(node, "public") as connection:
        opened(node, "public", connection, credential, *HANDSHAKE)
        end()
        assert connection.closed_by_peer()
    assert str(reason(gateway, node)).startswith("withdrawn: ")
    assert credential[1] not in json.dumps(node.log_lines())


@ENDS
def test_a_silent_stream_ends_with_what_it_was_opened_by(
    node: Node, launch: Launch, source: EventSource, ends: Callable[..., tuple[Field, Callable[[], None]]]
) -> None:
    node.publish(bundle=upstream_is(port=source.port))
    gateway = launch()
    credential, end = ends(node)
    with Connection(node, "public") as connection:
        opened(node, "public", connection, credential)
        source.send(b"data: before\n\n")
        assert connection.read_until(b"before\n\n")
        end()
        assert not connection.rest().endswith(b"0\r\n\r\n"), "a stream that is cut has no end"
    assert str(reason(gateway, node)).startswith("withdrawn: ")


def test_nothing_more_passes_on_a_stream_of_http2(node: Node, launch: Launch, source: EventSource) -> None:
    node.publish(bundle=upstream_is(port=source.port))
    gateway = launch()
    credential, end = revoking_key(node)
    other = credentials_for(node, "public")
    with Http2Connection(node, "public") as connection:
        stream = connection.open("GET", ORDERS, credential)
        source.send(b"data: before\n\n")
        assert connection.body_so_far(stream, 14) == b"data: before\n\n"
        end()
        time.sleep(1.2)
        source.send(b"data: after\n\n")
        response = connection.response(stream)
        assert (response.body, response.reset is not None) == (b"data: before\n\n", True)
        assert connection.exchange("GET", "/shop/v1/nowhere", other).status == 404, "the connection goes on"
    assert str(reason(gateway, node)).startswith("withdrawn: ")


def test_a_service_whose_certificate_is_revoked_loses_its_tunnel(
    node: Node, launch: Launch, echo: Echo
) -> None:
    node.publish(bundle=tunnelled(echo.port))
    launch()
    svid = node.svid("billing")
    with Connection(node, "internal", certificate=svid) as connection:
        connection.send(request("GET", ORDERS, HOSTS["internal"], *HANDSHAKE))
        assert b" 101 " in connection.read_until(b"\r\n\r\n")
        connection.send(b"hello")
        assert connection.read_until(b"hello")
        node.change_identity({"change": "revoke_certificate", "serial": svid.serial})
        assert connection.closed_by_peer()


@pytest.fixture
def lasting(node: Node, launch: Launch, echo: Echo) -> Iterator[tuple[Node, Gateway, Connection, Field]]:
    node.publish(bundle=tunnelled(echo.port))
    gateway = launch()
    credential = ("X-Api-Key", node.key("public", plan="daily").text)
    with Connection(node, "public") as connection:
        opened(node, "public", connection, credential, *HANDSHAKE)
        yield node, gateway, connection, credential


def talks(connection: Connection) -> bool:
    connection.send(b"still there")
    return connection.read_until(b"still there").endswith(b"still there")


def test_what_others_lose_ends_nobody_elses_tunnel(lasting: tuple[Node, Gateway, Connection, Field]) -> None:
    node, gateway, connection, _ = lasting
    _, end = revoking_key(node)
    end()
    gateway.serves_revision(node.publish(bundle=tunnelled(1, lifetime_ms=500_000)))
    time.sleep(1.5)
    assert talks(connection)


def test_a_limit_that_is_used_up_ends_no_tunnel(lasting: tuple[Node, Gateway, Connection, Field]) -> None:
    node, _, connection, credential = lasting
    # Too large, which is told before the service is asked.
    while call(node, "public", credential, method="POST", body=bytes(70_000)).status != 429:
        pass
    time.sleep(1.5)
    assert talks(connection)


def test_an_address_that_waits_for_guessing_keeps_its_tunnels(
    lasting: tuple[Node, Gateway, Connection, Field],
) -> None:
    node, _, connection, _ = lasting
    wrong = ("X-Api-Key", "rw_test_wrong")
    while call(node, "public", wrong).status != 429:
        pass
    time.sleep(1.5)
    assert talks(connection)
