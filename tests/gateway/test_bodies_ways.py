"""The same bodies on every way to a client: HTTP/2 on either side, trailers, what is kept, what is compressed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.bodies import SHOWN, WHOLE, Json, Service, following, head, removed, sized
from tests.gateway.caching import Reader, keeping
from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream_http2 import Http2Upstream
from tests.gateway.wire import Connection, Response, request

Launch = Callable[..., Gateway]


def serve(node: Node, launch: Launch, port: int, more: Callable[[str, Json], None] | None = None) -> Gateway:
    node.upstream_port = port
    node.publish(bundle=following(node, more=more or (lambda ring, bundle: None)))
    return launch()


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_http2_clients_get_the_same(node: Node, launch: Launch, service: Service, ring: str) -> None:
    gateway = serve(node, launch, service.port)
    key = credentials_for(node, ring)
    with Http2Connection(node, ring) as connection:
        response = connection.exchange("GET", "/shop/v1/orders", key)
        assert (response.status, response.body) == (200, SHOWN)
        assert response.header("content-length") == str(len(SHOWN))
        for reply, code in [(sized(b"{"), "upstream_fault"), (sized(b"x", kind=None), "response_undeclared")]:
            service.answers(reply)
            response = connection.exchange("GET", "/shop/v1/orders", key)
            assert (response.status, response.code, response.reset) == (502, code, None)
        service.answers(head(200, "Content-Length: 0"))
        response = connection.exchange("GET", "/shop/v1/orders", key)
        assert (response.status, response.body, response.ended) == (200, b"", True)
        service.answers(head(200, "Content-Length: 99"))
        response = connection.exchange("HEAD", "/shop/v1/orders", key)
        assert (response.status, response.header("content-length"), response.ended) == (200, None, True)
        service.answers(sized(WHOLE)[:-1], closes=True)
        assert connection.exchange("GET", "/shop/v1/orders", key).status == 502
    assert gateway.running


@pytest.mark.parametrize("trailers", [None, [("x-total-count", "7"), ("x-leak", "LEAK")]])
def test_http2_services_are_read_alike(
    node: Node, launch: Launch, trailers: list[tuple[str, str]] | None
) -> None:
    upstream = Http2Upstream(trailers=trailers, body=WHOLE)

    def speaking(ring: str, bundle: Json) -> None:
        bundle["upstream"]["protocol"] = "http2"

    gateway = serve(node, launch, upstream.port, speaking)
    key = credentials_for(node, "public")
    with Http2Connection(node, "public") as connection:
        response = connection.exchange("GET", "/shop/v1/orders", key)
        assert (response.status, response.body, response.trailers) == (200, SHOWN, [])
    first = call(node, "public", key)
    assert (first.status, first.body) == (200, SHOWN)
    assert first.header("content-length") == str(len(SHOWN))
    assert len(removed(gateway.log_line(first.header("x-request-id")))) == 3
    upstream.close()


def test_a_response_that_ends_at_its_header_passes(node: Node, launch: Launch) -> None:
    upstream = Http2Upstream(bodiless=True)

    def speaking(ring: str, bundle: Json) -> None:
        bundle["upstream"]["protocol"] = "http2"

    serve(node, launch, upstream.port, speaking)
    key = credentials_for(node, "public")
    with Connection(node, "public") as connection:
        for _ in range(2):
            response = connection.exchange(request("GET", "/shop/v1/orders", HOSTS["public"], key))
            assert (response.status, response.header("content-length")) == (200, "0")
    with Http2Connection(node, "public") as second:
        assert second.exchange("GET", "/shop/v1/orders", key).status == 200
    upstream.close()


def test_an_answer_that_comes_before_its_request_has_ended_is_given(
    node: Node, launch: Launch, service: Service
) -> None:
    """A client may wait for it before it goes on."""
    serve(node, launch, service.port)
    service.answers(b"")
    key = credentials_for(node, "public")
    early = EarlyService()
    node.upstream_port = early.port
    revision = node.publish(bundle=following(node))
    wait_for(lambda: node.status()["revision"] == revision, lambda: str(node.status()))
    with Connection(node, "public") as connection:
        ask = request("POST", "/shop/v1/orders", HOSTS["public"], key, ("Content-Length", "1000"))
        connection.send(ask + b"a")
        response = connection.response()
        assert (response.status, response.body) == (200, SHOWN)


class EarlyService(Service):
    """Answers as soon as it has a head."""

    def _serve(self, client: Any) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(65_536)
        client.sendall(sized(WHOLE))
        while client.recv(65_536):
            pass


def test_what_is_kept_is_projected_each_time_it_leaves(node: Node, launch: Launch, service: Service) -> None:
    gateway = serve(node, launch, service.port, keeping(stale_if_error_ms=60_000))
    service.answers(sized(WHOLE, 200, 'ETag: "1"', "Cache-Control: max-age=1"))
    reader = Reader(node, gateway, "public", credentials_for(node, "public"))
    first, second = reader.get(), reader.get()
    assert (first.body, second.body) == (SHOWN, SHOWN)
    assert [reader.outcome(first), reader.outcome(second)] == ["miss", "hit"]
    assert second.header("content-length") == str(len(SHOWN))
    tag = second.header("etag") or ""
    assert reader.get(("If-None-Match", tag)).status == 304
    assert reader.get(("If-None-Match", '"1"')).status == 200
    response = reader.get(method="HEAD")
    assert (response.status, response.header("content-length"), response.header("etag")) == (200, None, None)
    with Http2Connection(node, "public") as connection:
        assert connection.exchange("GET", "/shop/v1/orders", reader.credential).body == SHOWN
    # Validated, and in place of a service that fails: the same.
    service.answers(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nCache-Control: max-age=1\r\n\r\n')
    wait_for(lambda: "revalidated" in reader.outcomes(), lambda: "never validated")
    service.answers(sized(b"LEAK", 500))
    kept: list[Response] = []

    def stands_in() -> bool:
        kept.append(reader.get())
        return reader.outcome(kept[-1]) == "stale"

    wait_for(stands_in, lambda: str(kept))
    assert {response.body for response in kept} == {SHOWN}


def test_a_revision_that_shows_less_shows_less_of_what_is_kept(
    node: Node, launch: Launch, service: Service
) -> None:
    gateway = serve(node, launch, service.port, keeping())
    reader = Reader(node, gateway, "public", credentials_for(node, "public"))
    assert reader.get().body == SHOWN
    gateway.serves_revision(node.publish(bundle=following(node, more=keeping(), listOrders={"statuses": {}})))
    assert reader.get().code == "response_undeclared"


def test_what_cannot_be_understood_is_no_better_when_it_was_kept(
    node: Node, launch: Launch, service: Service
) -> None:
    gateway = serve(node, launch, service.port, keeping())
    service.answers(sized(WHOLE + b"LEAK"))
    reader = Reader(node, gateway, "public", credentials_for(node, "public"))
    for response in (reader.get(), reader.get(), reader.get(method="GET")):
        assert (response.status, response.code, b"LEAK" in response.raw) == (502, "upstream_fault", False)


@pytest.mark.parametrize("kept", [False, True])
def test_it_is_compressed_after_it_was_cut(node: Node, launch: Launch, service: Service, kept: bool) -> None:
    def compressed(ring: str, bundle: Json) -> None:
        bundle["compression"] = {"codings": ["gzip"]}
        if kept:
            keeping()(ring, bundle)

    serve(node, launch, service.port, compressed)
    rows = b",".join(b'{"sku":"%d","cost":"LEAK"}' % number for number in range(500))
    service.answers(sized(b'{"id":"1","items":[' + rows + b"]}", 200, 'ETag: "1"'))
    key = credentials_for(node, "public")
    shown = b'{"id":"1","items":[' + b",".join(b'{"sku":"%d"}' % number for number in range(500)) + b"]}"
    for _ in range(2):
        response = call(node, "public", key, ("Accept-Encoding", "gzip"))
        assert gzip.decompress(response.body) == shown
        assert response.header("content-encoding") == "gzip"
        assert (response.header("etag") or "").startswith('W/"')
        assert response.header("content-length") == str(len(response.body))
    with Http2Connection(node, "public") as connection:
        answer = connection.exchange("GET", "/shop/v1/orders", key, ("accept-encoding", "gzip"))
        assert gzip.decompress(answer.body) == shown
    plain = call(node, "public", key)
    assert (plain.body, plain.header("content-encoding")) == (shown, None)
    tag = plain.header("etag") or ""
    assert call(node, "public", key, ("If-None-Match", f"W/{tag}"), ("Accept-Encoding", "gzip")).status == 304
