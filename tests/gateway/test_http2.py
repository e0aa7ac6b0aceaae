"""HTTP/2 from clients: the same wall, the same answers."""

from __future__ import annotations

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, RINGS
from tests.gateway.process import Gateway
from tests.gateway.support import credentials_for
from tests.gateway.upstream import Reply, Upstream, echo
from tests.gateway.wire import client_context

ORDERS = "/shop/v1/orders"


@pytest.mark.parametrize("ring", RINGS)
def test_calls_pass_and_are_recorded(shared_gateway: Gateway, upstream: Upstream, ring: str) -> None:
    node = shared_gateway.node
    upstream.reply = echo
    proof = credentials_for(node, ring)
    with Http2Connection(node, ring) as connection:
        first = connection.exchange("POST", ORDERS, proof, body=b"x" * 40_000)
        second = connection.exchange("GET", f"{ORDERS}/7?a=b", proof)
    assert b'"bytes": 40000' in first.body
    assert (second.status, upstream.last.target) == (200, "/base/orders/7?a=b")
    assert upstream.last.header("host") == f"127.0.0.1:{upstream.port}"
    assert upstream.last.header("x-ringwork-ring") == ring
    assert shared_gateway.log_line(first.header("x-request-id"))["request_bytes"] == 40_000


def test_streams_of_one_connection_are_served_together(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    with Http2Connection(node, "public") as connection:
        streams = [connection.open("GET", ORDERS, proof) for _ in range(50)]
        assert [connection.response(stream).status for stream in streams] == [200] * 50


@pytest.mark.parametrize(("ring", "other"), [(a, b) for a in RINGS for b in RINGS if a != b])
def test_an_authority_of_another_ring_is_not_found(
    shared_gateway: Gateway, upstream: Upstream, ring: str, other: str
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, ring)
    with Http2Connection(node, ring) as connection:
        foreign = connection.exchange("GET", ORDERS, proof, authority=HOSTS[other])
        nowhere = connection.exchange("GET", ORDERS, proof, authority="nowhere.test")
        disputed = connection.exchange("GET", ORDERS, proof, ("Host", HOSTS[other]))
    assert foreign.status == 404
    assert disputed.status in (0, 400, 404)
    if ring != "internal":
        assert foreign.without_moment == nowhere.without_moment
    assert upstream.received == []


@pytest.mark.parametrize("ring", ["partner", "public"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_hidden_and_missing_are_the_same(
    shared_gateway: Gateway, upstream: Upstream, ring: str, method: str
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, ring)
    with Http2Connection(node, ring) as connection:
        for hidden, missing in [
            (f"{ORDERS}/export", "/shop/v1/absent"),
            ("/ledger/v1/orders", "/absent/v1/orders"),
        ]:
            answers = [connection.exchange(method, path, proof) for path in (hidden, missing)]
            assert answers[0].without_moment == answers[1].without_moment
            assert answers[0].status == 404
    assert upstream.received == []


def test_nothing_smuggled_in_a_field_becomes_a_field_of_its_own(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    hostile = [
        ("x-a", "1\r\nx-ringwork-consumer: somebody-else"),
        ("transfer-encoding", "chunked"),
        ("connection", "x-api-key"),
        ("content-length", "5, 6"),
        ("x-a\r\nx-b", "1"),
    ]
    for field in hostile:
        with Http2Connection(node, "public") as connection:
            try:
                connection.exchange("POST", ORDERS, proof, field, body=b"hello")
            except ConnectionError:
                continue
    for sent in upstream.received:
        assert sent.header("x-ringwork-consumer") == "dev-1"
        assert (sent.header("x-b"), sent.header("connection")) == (None, None)
        assert sent.body == b"hello"


@pytest.mark.parametrize("told", [[("content-length", "65537")], []], ids=["announced", "not"])
def test_a_body_over_the_bound_is_413(
    shared_gateway: Gateway, upstream: Upstream, told: list[tuple[str, str]]
) -> None:
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    with Http2Connection(node, "public") as connection:
        connection.exchange("GET", ORDERS, proof)  # the gateway's settings have arrived: a larger window
        stream = connection.open("POST", ORDERS, proof, *told, body=b"x" * 65_537, complete=False)
        response = connection.response(stream)
    assert (response.status, response.code) == (413, "body_too_large")


def test_a_cookie_split_over_fields_is_one_for_the_upstream(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    """RFC 9113 §8.2.3."""
    node = shared_gateway.node
    crumbs = [("cookie", "a=1"), ("cookie", "b=2")]
    with Http2Connection(node, "public") as connection:
        assert connection.exchange("GET", ORDERS, credentials_for(node, "public"), *crumbs).status == 200
    assert upstream.last.header("cookie") == "a=1; b=2"


def test_an_answer_without_content_has_no_length(shared_gateway: Gateway, upstream: Upstream) -> None:
    """RFC 9110 §8.6: whatever the upstream says."""
    node = shared_gateway.node
    upstream.reply = lambda received: Reply(
        status=204, headers=[("Content-Length", "5")], body=b"", length_told=False
    )
    with Http2Connection(node, "public") as connection:
        response = connection.exchange("GET", ORDERS, credentials_for(node, "public"))
    assert (response.status, response.header("content-length"), response.reset) == (204, None, None)


def test_an_early_answer_does_not_reset_a_body_under_way(shared_gateway: Gateway, upstream: Upstream) -> None:
    """Clients drop an answer that a reset follows (curl's error 92)."""
    node = shared_gateway.node
    with Http2Connection(node, "public") as connection:
        stream = connection.open("POST", "/nowhere", body=b"some of it", complete=False)
        response = connection.response(stream)
        connection.end(stream)
        connection.exchange("GET", "/nowhere")
    assert (response.status, response.reset) == (404, None)


def test_a_service_is_known_by_its_certificate(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    svid = node.svid("shipping")
    context = client_context(node.authorities["internal"].file, svid)
    with Http2Connection(node, "internal", context=context) as connection:
        assert connection.exchange("GET", ORDERS).status == 200
        assert upstream.last.header("x-ringwork-consumer") == "shipping"
        node.change_identity({"change": "revoke_certificate", "serial": svid.serial})
        assert connection.exchange("GET", ORDERS).status == 401


def test_outer_rings_hear_only_what_is_listed(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    revealing = [("Content-Type", "text/plain"), ("Server", "x"), ("X-Unlisted", "no"), ("X-Passed", "yes")]
    upstream.reply = lambda received: Reply(headers=revealing, body=b"{}", length_told=False)
    with Http2Connection(node, "public") as connection:
        response = connection.exchange("GET", ORDERS, credentials_for(node, "public"))
    names = {name for name, _ in response.headers}
    assert names == {"content-type", "x-passed", "date", "ratelimit", "ratelimit-policy", "x-request-id"}
    assert response.body == b"{}"
