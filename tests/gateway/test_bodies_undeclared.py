"""Statuses and media types the contract does not declare for a ring: what a client hears of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.gateway.bodies import ORDERS, OUTER, STATUSES, Service, chunked, following, head, sized
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.wire import Connection, Response, request

TRACE = b"Traceback: psycopg2.errors LEAK at db7.internal"


@pytest.fixture
def serving(node: Node, launch: Callable[..., Gateway], service: Service) -> Gateway:
    node.upstream_port = service.port
    node.publish(bundle=following(node, getOrder={"opaque": True, "statuses": STATUSES}))
    return launch()


def get(gateway: Gateway, ring: str, *fields: Field, method: str = "GET", target: str = ORDERS) -> Response:
    proof = credentials_for(gateway.node, ring)
    return call(gateway.node, ring, proof, *fields, method=method, target=target)


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize(
    ("status", "kind", "answered", "code"),
    [
        (200, "text/html", 502, "response_undeclared"),
        (200, None, 502, "response_undeclared"),
        (200, "nonsense", 502, "response_undeclared"),
        (201, "application/json", 502, "response_undeclared"),
        (404, "application/json", 404, "request_refused"),
        (404, "text/html", 404, "request_refused"),
        (403, "application/json", 403, "request_refused"),
        (429, "text/plain", 429, "request_refused"),
        (500, "application/json", 502, "upstream_fault"),
        (503, "text/html", 502, "upstream_fault"),
        (599, None, 502, "upstream_fault"),
    ],
)
def test_an_undeclared_answer_becomes_one_of_ours(
    serving: Gateway, service: Service, ring: str, status: int, kind: str | None, answered: int, code: str
) -> None:
    for reply in (
        sized(TRACE, status, "X-Total-Count: 7", kind=kind),
        head(status, "Transfer-Encoding: chunked", kind=kind) + chunked(TRACE, TRACE),
    ):
        service.answers(reply)
        response = get(serving, ring)
        assert (response.status, response.code, response.json()["status"]) == (answered, code, answered)
        assert response.header("content-type") == "application/problem+json"
        assert not any(leak in response.raw for leak in (b"LEAK", b"internal", b"x-total-count"))
        line = serving.log_line(response.header("x-request-id"))
        assert (line["status"], line["code"]) == (answered, code)


def test_an_undeclared_error_without_a_body_is_explained_too(serving: Gateway, service: Service) -> None:
    service.answers(head(403, "Content-Length: 0", kind=None))
    assert get(serving, "public").code == "request_refused"
    service.answers(head(403, "Content-Length: 44"))
    response = get(serving, "public", method="HEAD")
    assert (response.status, response.header("content-length")) == (403, None)
    service.answers(head(500, "Content-Length: 44"))
    assert get(serving, "public", method="HEAD").status == 502


def test_a_declared_error_passes_projected(serving: Gateway, service: Service) -> None:
    body = b'{"id":"no-such-order","stack":"LEAK"}'
    service.answers(sized(body, 404, kind="application/problem+json"))
    response = get(serving, "public")
    assert (response.status, response.body) == (404, b'{"id":"no-such-order"}')


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_leads_on_and_says_nothing_else(serving: Gateway, service: Service, status: int) -> None:
    service.answers(sized(TRACE, status, "Location: /base/orders", kind="text/html"))
    response = get(serving, "public")
    assert (response.status, response.body) == (status, b"")
    assert response.header("location") == "/shop/v1/orders"
    assert response.header("content-length") == "0"
    assert b"LEAK" not in response.raw


def test_two_media_types_are_none(serving: Gateway, service: Service) -> None:
    service.answers(sized(b'{"id":"1"}', 200, "Content-Type: text/html"))
    assert get(serving, "public").code == "response_undeclared"
    service.answers(sized(b'{"id":"1"}', 200, "Content-Type: application/json; charset=utf-8"))
    assert get(serving, "public").body == b'{"id":"1"}'


def test_what_no_filter_reads_leaves_an_opaque_operation_only(serving: Gateway, service: Service) -> None:
    service.answers(sized(b"id;secret\n1;2\n", kind="text/csv"))
    assert get(serving, "public").code == "response_undeclared"
    response = get(serving, "public", target="/shop/v1/orders/1")
    assert (response.status, response.body) == (200, b"id;secret\n1;2\n")
    assert response.header("content-type") == "text/csv"


def test_a_tunnel_is_opened_for_an_opaque_operation_only(serving: Gateway, service: Service) -> None:
    node = serving.node

    def socket(ring: str, bundle: dict[str, list[dict[str, dict[str, dict[str, object]]]]]) -> None:
        for path in bundle["paths"]:
            if "GET" in path["operations"]:
                path["operations"]["GET"]["websocket"] = {"idle_ms": 5000, "lifetime_ms": 60_000}

    opaque = {"opaque": True, "statuses": STATUSES}
    serving.serves_revision(node.publish(bundle=following(node, more=socket, getOrder=opaque)))
    upgrade = (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
               ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))  # fmt: skip
    service.answers(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nLEAK")
    key = credentials_for(node, "public")
    with Connection(node, "public") as connection:
        connection.send(request("GET", "/shop/v1/orders", HOSTS["public"], key, *upgrade))
        assert connection.response().status == 502
    assert service.last.all("upgrade") == []
    with Connection(node, "public") as connection:
        connection.send(request("GET", "/shop/v1/orders/1", HOSTS["public"], key, *upgrade))
        assert b" 101 " in connection.read_until(b"\r\n\r\n")


def test_nothing_is_awaited_of_a_body_that_cannot_leave(serving: Gateway, service: Service) -> None:
    endless = [b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 64
    service.answers(head(200, "Transfer-Encoding: chunked", kind="text/html"), *endless)
    assert get(serving, "public").code == "response_undeclared"
