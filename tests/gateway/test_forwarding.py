"""What reaches the upstream, and what of its answer reaches the client."""

from __future__ import annotations

import pytest

from tests.gateway.node import HOSTS, RINGS
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Received, Reply, Upstream, echo
from tests.gateway.wire import Connection, request

FORGED = [
    ("X-Ringwork-Consumer", "somebody-else"),
    ("x-ringwork-ring", "internal"),
    ("X_Ringwork_Consumer", "somebody-else"),
    ("X-Ringwork-Request-Id", "forged"),
    ("X-Forwarded-For", "10.0.0.1"),
    ("X-Forwarded-Host", "api.internal.test"),
    ("X-Forwarded-Client-Cert", "By=spiffe://acme.test/billing"),
    ("Client-Cert", ":AAAA:"),
    ("Forwarded", "for=10.0.0.1"),
    ("X-Real-IP", "10.0.0.1"),
    ("X-Http-Method-Override", "DELETE"),
    ("X-Original-URL", "/shop/v1/orders/export"),
    ("Proxy-Authorization", "Basic eDp5"),
    ("TE", "trailers"),
    ("Keep-Alive", "timeout=5"),
]


@pytest.mark.parametrize("ring", RINGS)
def test_nothing_a_client_forges_reaches_the_upstream(
    shared_gateway: Gateway, upstream: Upstream, ring: str
) -> None:
    node = shared_gateway.node
    response = call(node, ring, credentials_for(node, ring), *FORGED, ("Accept", "application/json"))
    assert response.status == 200
    sent = upstream.last
    consumer = {"internal": "billing", "partner": "globex", "public": "dev-1"}[ring]
    assert sorted(name for name, _ in sent.headers) == [
        "accept", "host", "x-ringwork-application", "x-ringwork-consumer",
        "x-ringwork-request-id", "x-ringwork-ring",
    ]  # fmt: skip
    assert sent.header("x-ringwork-consumer") == consumer
    assert sent.header("x-ringwork-ring") == ring
    assert sent.header("x-ringwork-request-id") == response.header("x-request-id")


def test_fields_nominated_by_connection_stop_at_the_gateway(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    node = shared_gateway.node
    nominated = [("Connection", "keep-alive, X-Mine, X-Ringwork-Consumer"), ("X-Mine", "1"), ("X-Yours", "2")]
    assert call(node, "public", credentials_for(node, "public"), *nominated).status == 200
    assert (upstream.last.header("x-mine"), upstream.last.header("x-yours")) == (None, "2")
    assert upstream.last.header("x-ringwork-consumer") == "dev-1"


def test_credentials_stop_at_the_gateway(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    key = node.key("public").text
    assert call(node, "public", ("Authorization", f"Bearer {key}")).status == 200
    assert call(node, "public", ("X-Api-Key", key)).status == 200
    token = node.tokens.issue("billing")
    assert call(node, "internal", ("X-Internal-Service-Token", token)).status == 200
    for sent in upstream.received:
        assert all(key not in value and token not in value for _, value in sent.headers)


def test_the_upstream_gets_its_own_host_the_normal_path_and_the_query_as_sent(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    node = shared_gateway.node
    target = "/shop/v1/orders/%41%3a?x=%2f&y=../z&empty"
    assert call(node, "public", credentials_for(node, "public"), target=target).status == 200
    assert upstream.last.target == "/base/orders/A%3A?x=%2f&y=../z&empty"
    assert upstream.last.header("host") == f"127.0.0.1:{upstream.port}"


def test_an_upgrade_is_forwarded_as_the_plain_request_it_also_is(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    node = shared_gateway.node
    upstream.reply = lambda received: Reply(status=200, body=b"plain")
    fields = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c, websocket"),
        ("HTTP2-Settings", "AAMAAABk"),
    ]
    response = call(node, "public", credentials_for(node, "public"), *fields)
    assert (response.status, response.body) == (200, b"plain")
    assert {"connection", "upgrade", "http2-settings"}.isdisjoint(name for name, _ in upstream.last.headers)


def test_an_upstream_cannot_switch_protocols(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    switched = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    upstream.reply = lambda received: Reply(status=101, body=b"", headers=switched)
    response = call(node, "public", credentials_for(node, "public"), *switched)
    assert (response.status, response.code) == (502, "upstream_fault")


REVEALING = [
    ("Server", "orders/1.2"),
    ("X-Powered-By", "Flask"),
    ("Via", "1.1 inner"),
    ("X-Debug", "select 1"),
    ("X-Secret-Of-The-House", "42"),
    ("X-Ringwork-Consumer", "globex"),
    ("Content-Type", "application/json"),
    ("X-Passed", "yes"),
    ("X-Unlisted", "no"),
    ("Connection", "X-Passed-Not"),
]


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_outer_rings_hear_only_what_is_listed(shared_gateway: Gateway, upstream: Upstream, ring: str) -> None:
    node = shared_gateway.node
    upstream.reply = lambda received: Reply(headers=REVEALING)
    response = call(node, ring, credentials_for(node, ring))
    names = {name for name, _ in response.headers}
    # `date` is the gateway's; the rest of the second line the gateway adds itself.
    assert names - {"ratelimit", "ratelimit-policy", "x-request-id", "connection", "date"} == {
        "content-type", "content-length", "x-passed",
    }  # fmt: skip


def test_the_internal_ring_hears_all_but_what_is_named(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    upstream.reply = lambda received: Reply(headers=REVEALING)
    response = call(node, "internal", credentials_for(node, "internal"))
    assert response.header("x-unlisted") == "no"
    assert response.header("x-secret-of-the-house") is None


@pytest.mark.parametrize("ring", RINGS)
def test_a_location_never_names_the_upstream(shared_gateway: Gateway, upstream: Upstream, ring: str) -> None:
    node = shared_gateway.node
    inner = f"http://127.0.0.1:{upstream.port}/base/orders/7"
    upstream.reply = lambda received: Reply(
        201, headers=[("Content-Type", "application/json"), ("Location", inner)]
    )
    response = call(node, ring, credentials_for(node, ring), method="POST", body=b"{}")
    location = response.header("location") or ""
    assert response.status == 201
    assert str(upstream.port) not in location and "/base" not in location


def test_bodies_pass_with_and_without_a_length(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    upstream.reply = echo
    proof = credentials_for(node, "public")
    counted = call(node, "public", proof, method="POST", body=b"x" * 5000)
    assert counted.json()["bytes"] == 5000
    chunked = request("POST", "/shop/v1/orders", HOSTS["public"], proof, ("Transfer-Encoding", "chunked"))
    with Connection(node, "public") as connection:
        response = connection.exchange(chunked + b"5;ext=1\r\nhello\r\n0\r\n\r\n")
    assert response.json()["bytes"] == 5
    upstream.reply = lambda received: Reply(body=b"y" * 100_000, length_told=False)
    assert call(node, "public", proof).body == b"y" * 100_000


def test_several_requests_use_one_connection(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    upstream.reply = echo
    proof = credentials_for(node, "public")
    with Connection(node, "public") as connection:
        for length in (3, 0, 70):
            data = request("POST", "/shop/v1/orders", HOSTS["public"], proof, body=b"x" * length)
            assert connection.exchange(data).json()["bytes"] == length
        assert connection.exchange(request("GET", "/absent", HOSTS["public"], proof)).status == 404
        assert connection.exchange(request("HEAD", "/absent", HOSTS["public"], proof)).status == 404
        assert connection.exchange(request("GET", "/shop/v1/orders", HOSTS["public"], proof)).status == 200


def test_a_body_is_invited_only_after_the_wall_let_the_request_pass(
    shared_gateway: Gateway, upstream: Upstream
) -> None:
    node = shared_gateway.node
    upstream.reply = echo
    expects = [("Expect", "100-continue"), ("Content-Length", "5")]
    with Connection(node, "public") as connection:
        connection.send(
            request("POST", "/shop/v1/orders", HOSTS["public"], credentials_for(node, "public"), *expects)
        )
        assert connection.socket.recv(1024).startswith(b"HTTP/1.1 100 ")
        connection.send(b"hello")
        assert connection.response().json()["bytes"] == 5
    assert upstream.last.header("expect") is None
    with Connection(node, "public") as connection:
        connection.send(request("POST", "/shop/v1/orders", HOSTS["public"], *expects))
        assert connection.socket.recv(1024).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("bytes_over", [1, 8 << 20], ids=["by one", "many times"])
@pytest.mark.parametrize("told", [True, False], ids=["announced", "chunked"])
def test_a_body_over_the_bound_is_413(
    shared_gateway: Gateway, upstream: Upstream, told: bool, bytes_over: int
) -> None:
    """Also for a client that reads nothing before it has sent all."""
    node = shared_gateway.node
    proof = credentials_for(node, "public")
    too_large = b"x" * (65_536 + bytes_over)
    if told:
        data = request("POST", "/shop/v1/orders", HOSTS["public"], proof, body=too_large)
    else:
        top = request("POST", "/shop/v1/orders", HOSTS["public"], proof, ("Transfer-Encoding", "chunked"))
        data = top + b"%x\r\n" % len(too_large) + too_large + b"\r\n0\r\n\r\n"
    with Connection(node, "public") as connection:
        connection.send(data)
        response = connection.response()
    assert (response.status, response.code) == (413, "body_too_large")
    assert all(len(sent.body) <= 65_536 for sent in upstream.received)


def test_a_log_line_tells_the_call_and_no_secret(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    key = node.key("partner")
    response = call(
        node,
        "partner",
        ("X-Api-Key", key.text),
        method="POST",
        target="/shop/v1/orders?secret=s3cr3t",
        body=b"b0dy",
    )
    line = shared_gateway.log_line(response.header("x-request-id"))
    told = {
        name: line[name] for name in ("ring", "method", "path", "api", "version", "operation", "consumer")
    }
    assert told == {
        "ring": "partner", "method": "POST", "path": "/shop/v1/orders", "api": "orders", "version": "v1",
        "operation": "createOrder", "consumer": "globex",
    }  # fmt: skip
    assert (line["status"], line["key_id"], line["request_bytes"]) == (200, key.id, 4)
    text = (node.root / "log/access.ndjson").read_text()
    assert key.text not in text and "s3cr3t" not in text and "b0dy" not in text


def test_head_is_answered_without_a_body(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node

    def only_get(received: Received) -> Reply:
        return Reply(status=200 if received.method in ("GET", "HEAD") else 500)

    upstream.reply = only_get
    proof = credentials_for(node, "public")
    with Connection(node, "public") as connection:
        assert connection.exchange(request("HEAD", "/shop/v1/orders/7", HOSTS["public"], proof)).status in (
            200,
            404,
        )
        assert connection.exchange(request("GET", "/shop/v1/orders/7", HOSTS["public"], proof)).status == 200
