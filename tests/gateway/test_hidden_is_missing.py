"""Law 2: for an outer ring, what is hidden and what does not exist are answered with the same bytes."""

from __future__ import annotations

import pytest

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, request

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get"]
# What this ring must not know, and something of the same kind that does not exist.
PAIRS = [
    ("/shop/v1/orders/export", "/shop/v1/absent/export"),
    ("/shop/v1/orders/export?id=1", "/shop/v1/orders/7/absent?id=1"),
    ("/ledger/v1/orders", "/absent/v1/orders"),
    ("/shop/v1/orders/%65xport", "/shop/v1/%61bsent"),
    ("/shop/v2/orders", "/shop/v1/absent"),
]
OUTER = ["partner", "public"]


def ask(node: Node, ring: str, data: bytes) -> Response:
    with Connection(node, ring) as connection:
        return connection.exchange(data)


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize("known", [True, False], ids=["with a key", "without"])
@pytest.mark.parametrize("method", METHODS)
def test_hidden_and_missing_are_byte_identical(
    shared_gateway: Gateway, upstream: Upstream, ring: str, known: bool, method: str
) -> None:
    node = shared_gateway.node
    fields = [credentials_for(node, ring)] if known else []
    for hidden, missing in PAIRS:
        answers = [
            ask(node, ring, request(method, target, HOSTS[ring], *fields)) for target in (hidden, missing)
        ]
        assert answers[0].without_moment == answers[1].without_moment, (hidden, missing)
        assert answers[0].status == (401 if ring == "partner" and not known else 404)
    assert upstream.received == []


@pytest.mark.parametrize("ring", OUTER)
def test_a_hidden_method_of_a_visible_path_is_missing(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, ring)
    hidden = ask(node, ring, request("DELETE", "/shop/v1/orders/7", HOSTS[ring], proof))
    missing = ask(node, ring, request("PATCH", "/shop/v1/orders/7", HOSTS[ring], proof))
    absent = ask(node, ring, request("DELETE", "/shop/v1/absent", HOSTS[ring], proof))
    assert hidden.without_moment == missing.without_moment == absent.without_moment
    assert upstream.received == []


def upgrade(target: str, host: str, proof: Field) -> bytes:
    websocket = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    return request("GET", target, host, proof, *websocket, ("Sec-WebSocket-Key", "x" * 22 + "=="))


def absolute(target: str, host: str, proof: Field) -> bytes:
    return request("GET", f"https://{host}{target}", host, proof)


def with_body(target: str, host: str, proof: Field) -> bytes:
    return request("POST", target, host, proof, body=b'{"a":1}')


def preflight(target: str, host: str, proof: Field) -> bytes:
    origin = [("Origin", "https://app.test"), ("Access-Control-Request-Method", "GET")]
    return request("OPTIONS", target, host, proof, *origin)


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize("form", [upgrade, absolute, with_body, preflight])
def test_no_form_of_request_tells_hidden_from_missing(
    shared_gateway: Gateway, upstream: Upstream, ring: str, form: object
) -> None:
    node = shared_gateway.node
    assert callable(form)
    proof = credentials_for(node, ring)
    for hidden, missing in PAIRS:
        answers = [ask(node, ring, form(target, HOSTS[ring], proof)) for target in (hidden, missing)]
        assert answers[0].without_moment == answers[1].without_moment, (hidden, missing)
        assert answers[0].status == 404
    assert upstream.received == []


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize(
    "target",
    [
        "/shop/v1/orders//export", "/shop/v1/orders/./export", "/shop/v1/x/../orders/export",
        "/shop/v1/orders%2Fexport", "/shop/v1/orders/export/", "/shop/v1/orders/export;a=b",
        "/shop/v1/orders/%2e%2e/orders/export", "/shop/v1/orders/export%00", "/shop/v1/orders/%c0%afexport",
        "/shop/v1/orders\\export", "/shop/v1/orders/%2565xport", "//ledger/v1/orders", "*",
    ],
)  # fmt: skip
def test_no_spelling_of_a_hidden_path_reaches_the_upstream(
    shared_gateway: Gateway, upstream: Upstream, ring: str, target: str
) -> None:
    node = shared_gateway.node
    response = ask(node, ring, request("GET", target, HOSTS[ring], credentials_for(node, ring)))
    assert response.status == 404
    assert upstream.received == []


@pytest.mark.parametrize("ring", ["internal", *OUTER])
def test_connect_is_not_found_like_anything_else(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node = shared_gateway.node
    host = HOSTS[ring]
    response = ask(node, ring, request("CONNECT", f"{host}:443", host, credentials_for(node, ring)))
    assert (response.status, response.code) == (404, "not_found")
    assert upstream.received == []
