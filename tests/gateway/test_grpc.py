"""gRPC: HTTP/2 from end to end, with the trailers that say how a call ended and no others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.http2 import Http2Connection, Http2Response
from tests.gateway.node import RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import credentials_for
from tests.gateway.test_failures import upstream_is
from tests.gateway.upstream_http2 import Fields, Http2Upstream

Launch = Callable[..., Gateway]
MESSAGE = b"\0\0\0\0\x05hello"
SOON_MS = 300
TRAILERS: Fields = [
    ("grpc-status", "5"),
    ("grpc-message", "no order 7 in table orders_eu"),
    ("grpc-status-details-bin", "CAU"),
    ("x-passed", "a field that may pass as a header field"),
    ("x-of-the-house", "shard-3"),
    ("x-secret-of-the-house", "never"),
]
WORDS = ["grpc-message", "grpc-status-details-bin"]


def grpc_call(node: Node, ring: str) -> Http2Response:
    with Http2Connection(node, ring) as connection:
        return connection.exchange(
            "POST",
            "/shop/v1/orders",
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            credentials_for(node, ring),
            body=MESSAGE,
        )


def speaking_http2(port: int, *, declared: list[str] | None = None) -> Callable[..., None]:
    def change(ring: str, bundle: dict[str, Any]) -> None:
        upstream_is(port=port, protocol="http2")(ring, bundle)
        bundle["paths"][0]["operations"]["POST"]["response_headers"] = declared or []

    return change


def patient(node: Node, ring: str, port: int, *, timeout_ms: int) -> None:
    """Impatient with silent and slow bodies; with the service as patient as is said."""

    def bound(manifest: dict[str, Any]) -> None:
        impatient = {"silence_ms": SOON_MS, "body_grace_ms": SOON_MS, "body_bytes_per_second": 1_000}
        manifest["rings"][ring]["bounds"] = impatient

    def change(of: str, bundle: dict[str, Any]) -> None:
        speaking_http2(port)(of, bundle)
        bundle["upstream"]["io_timeout_ms"] = timeout_ms

    node.publish(bundle=change, change=bound)


def opened(connection: Http2Connection, node: Node, ring: str) -> int:
    """A call that goes on after its first message."""
    fields = (("content-type", "application/grpc"), ("te", "trailers"), credentials_for(node, ring))
    return connection.open("POST", "/shop/v1/orders", *fields, body=MESSAGE, complete=False)


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_outer_rings_hear_the_status_and_nothing_else(node: Node, launch: Launch, ring: str) -> None:
    upstream = Http2Upstream(trailers=TRAILERS)
    node.publish(bundle=speaking_http2(upstream.port))
    launch()
    response = grpc_call(node, ring)
    assert (response.status, response.body, response.reset) == (200, b'{"ok":true}', None)
    assert response.trailers == [("grpc-status", "5")]
    assert list(upstream.bodies.values()) == [MESSAGE]
    assert upstream.header("te") == "trailers"
    upstream.close()


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_the_services_words_pass_where_the_contract_declares_them(
    node: Node, launch: Launch, ring: str
) -> None:
    upstream = Http2Upstream(trailers=TRAILERS)
    node.publish(bundle=speaking_http2(upstream.port, declared=[*WORDS, "x-of-the-house"]))
    launch()
    assert grpc_call(node, ring).trailers == TRAILERS[:3]
    upstream.close()


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_the_services_words_pass_where_the_ring_allows_them(node: Node, launch: Launch, ring: str) -> None:
    upstream = Http2Upstream(trailers=TRAILERS)

    def allow(manifest: dict[str, Any]) -> None:
        manifest["rings"][ring]["response_headers"]["names"] += WORDS

    node.publish(bundle=speaking_http2(upstream.port), change=allow)
    launch()
    assert grpc_call(node, ring).trailers == TRAILERS[:3]
    upstream.close()


def test_the_internal_ring_hears_all_but_what_it_keeps_for_itself(node: Node, launch: Launch) -> None:
    misplaced: Fields = [("set-cookie", "a=b"), ("content-type", "text/html"), ("location", "/x")]
    upstream = Http2Upstream(trailers=[*TRAILERS, *misplaced])
    node.publish(bundle=speaking_http2(upstream.port))
    launch()
    assert grpc_call(node, "internal").trailers == TRAILERS[:-1]
    upstream.close()


def test_a_call_that_ends_at_its_header_is_judged_alike(node: Node, launch: Launch) -> None:
    upstream = Http2Upstream(trailers=TRAILERS, bodiless=True)
    node.publish(bundle=speaking_http2(upstream.port))
    launch()
    response = grpc_call(node, "public")
    assert (response.status, response.header("grpc-status")) == (200, "5")
    assert response.header("grpc-message") is None
    assert response.header("x-of-the-house") is None
    assert (response.body, response.ended, response.reset) == (b"", True, None)
    upstream.close()


@pytest.mark.parametrize("ring", RINGS)
def test_a_status_that_is_no_number_does_not_pass(node: Node, launch: Launch, ring: str) -> None:
    upstream = Http2Upstream(trailers=[("grpc-status", "5; shard-3")])
    node.publish(bundle=speaking_http2(upstream.port))
    launch()
    assert grpc_call(node, ring).trailers == []
    upstream.close()


@pytest.mark.parametrize("ring", RINGS)
def test_a_client_may_be_silent_between_messages_for_as_long_as_the_service(
    node: Node, launch: Launch, ring: str
) -> None:
    """Neither the ring's bound on a silent body nor its pace is meant for messages."""
    upstream = Http2Upstream(trailers=[("grpc-status", "0")])
    patient(node, ring, upstream.port, timeout_ms=20_000)
    launch()
    with Http2Connection(node, ring) as connection:
        stream = opened(connection, node, ring)
        for _ in range(3):
            time.sleep(3 * SOON_MS / 1000)
            connection.send_body(stream, MESSAGE)
        connection.end(stream)
        response = connection.response(stream)
    assert (response.status, response.reset) == (200, None)
    assert list(upstream.bodies.values()) == [MESSAGE * 4]
    upstream.close()


def test_a_client_that_is_silent_for_longer_than_the_service_may_be_is_let_go(
    node: Node, launch: Launch
) -> None:
    upstream = Http2Upstream()
    patient(node, "public", upstream.port, timeout_ms=2 * SOON_MS)
    gateway = launch()
    with Http2Connection(node, "public") as connection:
        response = connection.response(opened(connection, node, "public"))
    assert response.reset is not None or response.status == 504
    gateway.eventually(lambda: any(line["status"] in (408, 504) for line in node.log_lines()))
    upstream.close()
