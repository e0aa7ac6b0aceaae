"""Bodies that are cut as they pass: large ones, and those that are many texts. A fault breaks them off."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterable

import pytest

from tests.gateway.bodies import ORDERS, SHOWN, WHOLE, Service, chunked, following, head, removed, sized, text
from tests.gateway.http2 import Http2Connection
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.raw_upstream import Message
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.wire import Connection, Response, request

MANY = {"id": "1", "items": [{"sku": f"s{number}", "cost": "LEAK"} for number in range(80_000)]}
LARGE = text(MANY)
LARGE_SHOWN = {"id": "1", "items": [{"sku": item["sku"]} for item in MANY["items"] if isinstance(item, dict)]}


@pytest.fixture
def serving(node: Node, launch: Callable[..., Gateway], service: Service) -> Gateway:
    node.upstream_port = service.port
    node.publish(bundle=following(node))
    return launch()


def get(gateway: Gateway, ring: str, *fields: Field, method: str = "GET", target: str = ORDERS) -> Response:
    proof = credentials_for(gateway.node, ring)
    return call(gateway.node, ring, proof, *fields, method=method, target=target)


@pytest.mark.parametrize("framed", ["sized", "chunked", "gzip"])
def test_a_large_body_is_cut_as_it_passes(serving: Gateway, service: Service, framed: str) -> None:
    assert len(LARGE) > 1 << 20
    pieces = [LARGE[at : at + 5000] for at in range(0, len(LARGE), 5000)]
    service.answers(*{
        "sized": [sized(LARGE, 200, 'ETag: "LEAK"')],
        "chunked": [head(200, "Transfer-Encoding: chunked"), chunked(*pieces)],
        "gzip": [sized(gzip.compress(LARGE), 200, "Content-Encoding: gzip")],
    }[framed])  # fmt: skip
    response = get(serving, "public")
    assert (response.status, response.json()) == (200, LARGE_SHOWN)
    assert (response.header("etag"), response.header("content-encoding")) == (None, None)
    assert b"LEAK" not in response.raw
    line = serving.log_line(response.header("x-request-id"))
    assert removed(line) == {"/items/*/cost": ("narrower", 80_000)}


@pytest.mark.parametrize("framed", ["sized", "chunked", "gzip", "cut"])
def test_a_fault_in_a_large_body_breaks_it_off(serving: Gateway, service: Service, framed: str) -> None:
    """Never with a clean end: no last chunk on HTTP/1.1, a reset on HTTP/2."""
    bad = LARGE[:-2] + b"x]}"
    reply = {
        "sized": sized(bad),
        "chunked": head(200, "Transfer-Encoding: chunked") + chunked(bad),
        "gzip": sized(gzip.compress(bad), 200, "Content-Encoding: gzip"),
        "cut": sized(LARGE)[:-100],
    }[framed]
    service.answers(reply, closes=framed == "cut")
    key = credentials_for(serving.node, "public")
    with Connection(serving.node, "public") as connection:
        connection.send(request("GET", "/shop/v1/orders", HOSTS["public"], key))
        everything = connection.rest()
    assert b"LEAK" not in everything and not everything.endswith(b"0\r\n\r\n")
    with Http2Connection(serving.node, "public") as second:
        response = second.exchange("GET", "/shop/v1/orders", key)
        assert response.reset is not None or response.status == 502
        assert b"LEAK" not in response.body


FRAMES = {
    "application/x-ndjson": (WHOLE + b"\n" + WHOLE, SHOWN + b"\n" + SHOWN),
    "application/json-seq": (b"\x1e" + WHOLE + b"\n", b"\x1e" + SHOWN + b"\n"),
    "text/event-stream": (
        b": LEAK\nevent: order\ndata: " + WHOLE + b"\nunknown: LEAK\n\n",
        b":\nevent: order\ndata: " + SHOWN + b"\n\n",
    ),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_each_text_of_a_stream_is_cut_by_itself(serving: Gateway, service: Service, kind: str) -> None:
    body, shown = FRAMES[kind]
    for reply in ([sized(body, kind=kind)], [head(kind=kind), *(bytes([byte]) for byte in body)]):
        service.answers(*reply, closes=len(reply) > 1)
        response = get(serving, "public")
        assert (response.status, response.body) == (200, shown)


def test_an_event_leaves_when_it_is_there(serving: Gateway, service: Service) -> None:
    seen = threading.Event()

    def script(asked: Message) -> Iterable[bytes]:
        yield head(200, "Transfer-Encoding: chunked", kind="text/event-stream")
        event = b"data: " + WHOLE + b"\n\n"
        yield b"%x\r\n%b\r\n" % (len(event), event)
        seen.wait(10)
        yield b"0\r\n\r\n"

    service.script = script
    key = credentials_for(serving.node, "public")
    with Connection(serving.node, "public") as connection:
        connection.send(request("GET", "/shop/v1/orders", HOSTS["public"], key))
        assert SHOWN in connection.read_until(SHOWN + b"\n\n")
        seen.set()


def test_a_stream_ends_with_the_first_text_that_is_none(serving: Gateway, service: Service) -> None:
    for bad in (b"LEAK", b'{"id":"1","id":"2"}', WHOLE[:-1]):
        service.answers(head(200, "Transfer-Encoding: chunked", kind="application/x-ndjson")
                        + chunked(WHOLE + b"\n", bad + b"\n", WHOLE + b"\n"))  # fmt: skip
        key = credentials_for(serving.node, "public")
        with Connection(serving.node, "public") as connection:
            connection.send(request("GET", "/shop/v1/orders", HOSTS["public"], key))
            everything = connection.rest()
        assert b"LEAK" not in everything and not everything.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_coded_body_is_read(serving: Gateway, service: Service, coding: str) -> None:
    packed = gzip.compress(WHOLE) if coding == "gzip" else zlib.compress(WHOLE)
    for body, status in [(packed, 200), (packed[:-1], 502), (packed + b"x", 502), (WHOLE, 502)]:
        service.answers(sized(body, 200, f"Content-Encoding: {coding}"))
        response = get(serving, "public")
        assert response.status == status, body
        assert b"LEAK" not in response.raw
        assert response.header("content-encoding") is None
        assert status != 200 or response.body == SHOWN


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip", "br, gzip", "x-unknown"])
def test_a_coding_nobody_reads_does_not_leave(serving: Gateway, service: Service, coding: str) -> None:
    service.answers(sized(WHOLE, 200, f"Content-Encoding: {coding}"))
    response = get(serving, "public")
    assert (response.status, response.code) == (502, "upstream_fault")
    assert b"LEAK" not in response.raw


def test_a_few_bytes_do_not_become_gigabytes(serving: Gateway, service: Service) -> None:
    bomb = gzip.compress(b'{"id":"' + b"a" * (256 << 20))
    service.answers(sized(bomb, 200, "Content-Encoding: gzip"))
    key = credentials_for(serving.node, "public")
    with Connection(serving.node, "public") as connection:
        connection.send(request("GET", "/shop/v1/orders", HOSTS["public"], key))
        everything = connection.rest()
    assert len(everything) < 64 << 20 and not everything.endswith(b"0\r\n\r\n")


def test_the_internal_ring_gets_a_coded_body_as_it_came(serving: Gateway, service: Service) -> None:
    service.answers(sized(gzip.compress(WHOLE), 200, "Content-Encoding: gzip"))
    response = get(serving, "internal", ("Accept-Encoding", "gzip"))
    assert gzip.decompress(response.body) == WHOLE
    line = serving.log_line(response.header("x-request-id"))
    assert set(removed(line)) == {"/items/*/cost", "/risk", "/secret"}
    assert service.last.all("accept-encoding") == ["gzip"]
    assert json.loads(WHOLE)["risk"]
