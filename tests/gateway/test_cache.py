"""Responses that are kept (RFC 9111): what is answered from memory, what is not, and that a hit is a call like any."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.caching import MAX_OBJECT_BYTES, Reader, counting, keeping, reads, values
from tests.gateway.http2 import Http2Connection
from tests.gateway.node import RINGS, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.upstream import Reply, Upstream

Launch = Callable[..., Gateway]
Serve = Callable[..., Reader]


@pytest.fixture
def serve(node: Node, launch: Launch, upstream: Upstream) -> Serve:
    """Publishes a revision whose reads are kept by these rules; a caller of `ring`."""
    upstream.reply = counting()
    running: list[Gateway] = []

    def start(ring: str = "public", **rules: object) -> Reader:
        revision = node.publish(bundle=keeping(**rules))
        if not running:
            running.append(launch())
        running[0].serves_revision(revision)
        return Reader(node, running[0], ring, credentials_for(node, ring))

    return start


def breaking_off(received: object) -> Reply:
    raise ConnectionAbortedError


@pytest.mark.parametrize("ring", RINGS)
def test_a_response_is_given_again_without_the_service(serve: Serve, upstream: Upstream, ring: str) -> None:
    reader = serve(ring)
    first, second = reader.get(), reader.get()
    assert (first.status, first.body, second.status, second.body) == (200, b"1", 200, b"1")
    assert reads(upstream) == 1
    assert [reader.outcome(first), reader.outcome(second)] == ["miss", "hit"]
    assert first.header("age") is None
    assert second.header("age") == "0"
    assert second.header("content-length") == "1"


def test_http2_is_given_what_http1_left(serve: Serve, upstream: Upstream, node: Node) -> None:
    reader = serve()
    reader.get()
    connection = Http2Connection(node, "public")
    response = connection.exchange("GET", "/shop/v1/orders", reader.credential)
    assert (response.status, response.body, reads(upstream)) == (200, b"1", 1)


def test_a_body_that_ends_with_its_connection_may_not_be_whole(serve: Serve, upstream: Upstream) -> None:
    reader = serve()
    upstream.reply = lambda received: Reply(length_told=False)
    reader.outcomes()
    assert reads(upstream) == 2


def test_where_nothing_is_said_nothing_is_kept(node: Node, launch: Launch, upstream: Upstream) -> None:
    gateway = launch()
    upstream.reply = counting(("Cache-Control", "max-age=60"))
    reader = Reader(node, gateway, "public", credentials_for(node, "public"))
    assert [reader.get().body, reader.get().body] == [b"1", b"2"]
    assert reader.outcomes() == [None, None]


def test_a_hit_counts_against_its_callers_limit(serve: Serve, node: Node, upstream: Upstream) -> None:
    reader = serve()
    key = node.key("public", plan="daily")
    reader.credential = ("X-Api-Key", key.text)
    assert [reader.get().status for _ in range(6)] == [200] * 5 + [429]
    assert reads(upstream) == 1


def test_the_limit_and_the_request_id_are_those_of_this_call(serve: Serve, node: Node) -> None:
    reader = serve()
    reader.credential = ("X-Api-Key", node.key("public", plan="tiny").text)
    first, second = reader.get(), reader.get()
    assert first.header("x-request-id") != second.header("x-request-id")
    assert values(first, "ratelimit") != values(second, "ratelimit")
    assert len(values(second, "ratelimit")) == len(values(second, "x-request-id")) == 1


def test_queries_and_paths_are_apart(serve: Serve, upstream: Upstream) -> None:
    reader = serve()
    targets = ["/shop/v1/orders", "/shop/v1/orders?page=2", "/shop/v1/orders/1"]
    bodies = [reader.get(target=target).body for target in targets]
    assert len(set(bodies)) == 3
    assert [reader.get(target=target).body for target in targets] == bodies


def test_one_spelling_of_a_path_is_given_what_another_left(serve: Serve, upstream: Upstream) -> None:
    reader = serve()
    for target in ("/shop/v1/orders/1", "/shop/v1/orders/%31", "/shop/v1/./orders/1"):
        reader.get(target=target)
    assert reads(upstream) == 1


def test_a_client_that_has_it_is_told_so(serve: Serve, upstream: Upstream) -> None:
    upstream.reply = counting(("ETag", '"7"'))
    reader = serve()
    reader.get()
    same, other = reader.get(("If-None-Match", '"6", "7"')), reader.get(("If-None-Match", '"6"'))
    assert (same.status, same.body, same.header("etag")) == (304, b"", '"7"')
    assert (other.status, other.body) == (200, b"1")
    assert (reader.outcome(same), reads(upstream)) == ("hit", 1)


def test_a_validator_that_does_not_leave_tells_nothing(serve: Serve, upstream: Upstream) -> None:
    upstream.reply = counting(("Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"))
    since: Field = ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")
    public, internal = serve("public"), serve("internal")
    for reader, status in ((public, 200), (internal, 304)):
        reader.get()
        assert reader.get(since).status == status


def test_head_is_answered_from_what_get_left_and_leaves_nothing(serve: Serve, upstream: Upstream) -> None:
    reader = serve()
    assert reader.outcomes(method="HEAD") == ["miss", "miss"]
    assert [received.method for received in upstream.received] == ["HEAD", "HEAD"]
    reader.get()
    response = reader.get(method="HEAD")
    assert (response.status, response.header("content-length")) == (200, "1")
    assert (reader.outcome(response), reads(upstream)) == ("hit", 3)


@pytest.mark.parametrize(
    "fields",
    [
        [("Set-Cookie", "a=1")],
        [("Cache-Control", "private, max-age=60")],
        [("Cache-Control", "no-store")],
        [("Cache-Control", "no-cache")],
        [("Vary", "*")],
        [("Content-Type", "text/event-stream")],
        [("Expires", "0")],
    ],
    ids=lambda fields: ": ".join(fields[0]),
)
@pytest.mark.parametrize("ring", ["internal", "public"])
def test_what_the_service_does_not_want_kept_is_not(
    serve: Serve, upstream: Upstream, ring: str, fields: list[Field]
) -> None:
    upstream.reply = counting(*fields)
    reader = serve(ring, shared=True)
    assert [reader.get().body, reader.get().body, reader.get().body] == [b"1", b"2", b"3"]


@pytest.mark.parametrize("status", [201, 302, 404, 500])
def test_only_what_may_come_again_is_kept(serve: Serve, upstream: Upstream, status: int) -> None:
    upstream.reply = counting(status=status)
    reader = serve()
    assert reader.outcomes()[0] == "miss"
    assert reads(upstream) == 2


def test_a_service_that_says_nothing_is_kept_only_where_the_manifest_says_how_long(
    serve: Serve, upstream: Upstream
) -> None:
    reader = serve(ttl_ms=None)
    assert [reader.get().body, reader.get().body] == [b"1", b"2"]
    upstream.reply = counting(("Cache-Control", "max-age=60"))
    given = [reader.get(target="/shop/v1/orders/1").body for _ in range(2)]
    assert given == [b"1", b"1"]


@pytest.mark.parametrize(
    "fields",
    [
        [("Range", "bytes=0-1")],
        [("If-Match", '"1"')],
        [("Cookie", "session=1")],
        [("Cache-Control", "no-store")],
    ],
    ids=lambda fields: fields[0][0],
)
def test_who_asks_for_something_else_goes_past(serve: Serve, upstream: Upstream, fields: list[Field]) -> None:
    reader = serve()
    reader.get()
    response = reader.get(*fields)
    assert (response.body, reader.outcome(response)) == (b"2", "bypass")
    assert upstream.last.header(fields[0][0].lower()) == fields[0][1]
    assert reader.get().body == b"1"


def test_a_body_goes_past(serve: Serve) -> None:
    reader = serve()
    reader.get()
    assert reader.get(body=b"{}").body == b"2"


def test_a_reload_reaches_the_service_and_is_kept(serve: Serve) -> None:
    reader = serve()
    reader.get()
    assert reader.get(("Cache-Control", "no-cache")).body == b"2"
    assert reader.get().body == b"2"


def test_what_somebody_was_authorised_for_is_kept_only_where_the_service_says_so(
    serve: Serve, upstream: Upstream
) -> None:
    reader, token = serve(), ("Authorization", "Bearer somebody")
    upstream.reply = counting(("Cache-Control", "max-age=60"))
    assert [reader.get(token).body, reader.get(token).body] == [b"1", b"2"]
    assert reader.get().body == b"3", "and what was kept without is not theirs"
    assert reader.get(token).body == b"4"
    upstream.reply = counting(("Cache-Control", "public, max-age=60"))
    target = "/shop/v1/orders/1"
    assert [reader.get(token, target=target).body for _ in range(2)] == [b"1", b"1"]


def test_responses_that_differ_by_a_field_are_apart(serve: Serve, upstream: Upstream) -> None:
    upstream.reply = counting(("Vary", "Accept-Language"))
    reader = serve()
    of = {language: reader.get(("Accept-Language", language)).body for language in ("de", "en", "fr")}
    assert len(set(of.values())) == 3
    for language, body in of.items():
        assert reader.get(("Accept-Language", language), ("X-Other", "1")).body == body


def test_the_manifest_names_fields_the_service_forgets(serve: Serve, upstream: Upstream) -> None:
    reader = serve(vary=["accept-language"])
    of = {language: reader.get(("Accept-Language", language)).body for language in ("de", "en")}
    assert of["de"] != of["en"]
    assert reader.get(("Accept-Language", "de")).body == of["de"]


def test_what_is_too_large_passes_and_is_not_kept(serve: Serve, upstream: Upstream) -> None:
    upstream.reply = counting(size=MAX_OBJECT_BYTES + 1)
    reader = serve()
    assert [len(reader.get().body), len(reader.get().body)] == [MAX_OBJECT_BYTES + 1] * 2
    assert reads(upstream) == 2


def test_a_stale_response_is_fetched_again(serve: Serve, upstream: Upstream) -> None:
    reader = serve(ttl_ms=1)
    reader.get()
    time.sleep(0.05)
    response = reader.get()
    assert (response.body, reader.outcome(response)) == (b"2", "miss")


def test_a_stale_response_is_validated_and_then_given_again(serve: Serve, upstream: Upstream) -> None:
    def reply(received: object) -> Reply:
        if upstream.last.header("if-none-match") == '"7"':
            return Reply(304, b"", [("ETag", '"7"'), ("Cache-Control", "max-age=60")])
        return Reply(200, b"first", [("ETag", '"7"'), ("Content-Type", "text/plain")])

    reader = serve("internal", ttl_ms=1)
    upstream.reply = reply
    reader.get()
    time.sleep(0.05)
    validated, again = reader.get(), reader.get()
    assert (validated.status, validated.body, again.body) == (200, b"first", b"first")
    assert [reader.outcome(validated), reader.outcome(again)] == ["revalidated", "hit"]
    assert validated.header("cache-status") == "ringwork; fwd=stale; fwd-status=304"
    assert reads(upstream) == 2


@pytest.mark.parametrize("fails", ["status", "connection"])
def test_a_stale_response_stands_in_for_a_service_that_fails(
    serve: Serve, node: Node, upstream: Upstream, fails: str
) -> None:
    reader = serve(ttl_ms=1, stale_if_error_ms=60_000)
    reader.get()
    time.sleep(0.05)
    upstream.reply = counting(status=503) if fails == "status" else breaking_off
    response = reader.get()
    assert (response.status, response.body, reader.outcome(response)) == (200, b"1", "stale")
    assert response.header("age") is not None


def test_nothing_stands_in_where_nothing_is_said(serve: Serve, upstream: Upstream) -> None:
    reader = serve(ttl_ms=1)
    reader.get()
    time.sleep(0.05)
    upstream.reply = counting(status=503)
    assert reader.get().status == 503


def test_where_it_came_from_is_told_inside_alone(serve: Serve) -> None:
    inside, outside = serve("internal"), serve("public")
    assert inside.get().header("cache-status") == "ringwork; fwd=uri-miss; stored"
    status = inside.get().header("cache-status") or ""
    assert status.startswith("ringwork; hit; ttl=")
    assert inside.get(("Range", "bytes=0-1")).header("cache-status") == "ringwork; fwd=bypass"
    assert [outside.get().header("cache-status") for _ in range(2)] == [None, None]


def test_those_who_ask_together_ask_the_service_once(serve: Serve, upstream: Upstream) -> None:
    reader = serve(shared=True)
    held = upstream.hold(Reply())
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(reader.get) for _ in range(20)]
        assert held.arrived.wait(10)
        held.leave.set()
        assert {response.result().status for response in asked} == {200}
    assert reads(upstream) == 1


def test_nobody_waits_long_for_another(serve: Serve, upstream: Upstream) -> None:
    reader = serve(shared=True)
    held = upstream.hold(Reply())
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(reader.get) for _ in range(2)]
        wait_for(lambda: reads(upstream) == 2, lambda: "the second still waits for the first")
        held.leave.set()
        assert {response.result().status for response in asked} == {200}


def test_each_is_given_what_is_kept_in_the_coding_it_takes(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    body = b'{"order":1}' * 200

    def rules(ring: str, bundle: dict[str, object]) -> None:
        keeping()(ring, bundle)
        bundle["compression"] = {"codings": ["gzip"]}

    node.publish(bundle=rules)
    upstream.reply = lambda received: Reply(
        body=body, headers=[("Content-Type", "application/json"), ("ETag", '"1"')]
    )
    reader = Reader(node, launch(), "public", credentials_for(node, "public"))
    plain, small, again = reader.get(), reader.get(("Accept-Encoding", "gzip")), reader.get()
    assert plain.body == again.body == gzip.decompress(small.body) == body
    assert small.header("content-encoding") == "gzip"
    assert again.header("content-encoding") is None
    assert again.header("content-length") == str(len(body))
    assert reads(upstream) == 1


def test_pages_of_each_origin_are_told_of_their_own(node: Node, launch: Launch, upstream: Upstream) -> None:
    origins = ["https://one.example", "https://two.example"]

    def rules(ring: str, bundle: dict[str, object]) -> None:
        keeping()(ring, bundle)
        bundle["cors"] = {"origins": origins, "headers": [], "max_age_seconds": 1}

    node.publish(bundle=rules)
    reader = Reader(node, launch(), "public", credentials_for(node, "public"))
    for origin in [*origins, "https://other.example"]:
        allowed = reader.get(("Origin", origin)).header("access-control-allow-origin")
        assert allowed == (origin if origin in origins else None)
    assert reads(upstream) == 1


def test_a_crash_leaves_nothing_behind(serve: Serve, upstream: Upstream) -> None:
    reader = serve()
    reader.get()
    reader.gateway.kill()
    reader.gateway.start()
    assert [reader.get().body, reader.get().body] == [b"2", b"2"]


def test_an_unknown_caller_is_refused_before_anything_is_looked_up(serve: Serve, node: Node) -> None:
    reader = serve(shared=True)
    reader.get()
    assert call(node, "public").status == 401
