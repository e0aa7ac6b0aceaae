"""Compression: where the manifest names codings, for who asks, of what gains by it; and caches are told."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Reply, Upstream
from tests.gateway.wire import Response

Launch = Callable[..., Gateway]
BODY = b'{"orders":[' + b",".join(b'{"id":%d,"status":"open"}' % number for number in range(500)) + b"]}"
MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


def replying(
    *fields: tuple[str, str], kind: str = "application/json", body: bytes = BODY
) -> Callable[..., Reply]:
    return lambda received: Reply(body=body, headers=[("Content-Type", kind), ("ETag", '"1"'), *fields])


@pytest.fixture
def serving(node: Node, launch: Launch) -> Node:
    def compressed(ring: str, bundle: dict[str, Any]) -> None:
        bundle["compression"] = {"codings": ["zstd", "br", "gzip"]}

    node.publish(bundle=compressed)
    launch()
    return node


def asked(node: Node, accepted: str | None, ring: str = "public") -> Response:
    fields = () if accepted is None else (("Accept-Encoding", accepted),)
    return call(node, ring, credentials_for(node, ring), *fields)


@pytest.mark.parametrize("ring", RINGS)
def test_what_is_compressed_is_the_same_when_it_is_read(serving: Node, upstream: Upstream, ring: str) -> None:
    upstream.reply = replying()
    response = asked(serving, "gzip", ring)
    assert (response.status, gzip.decompress(response.body)) == (200, BODY)
    assert len(response.body) < len(BODY) / 4
    assert response.header("content-encoding") == "gzip"
    assert response.header("etag") == 'W/"1"'
    assert "accept-encoding" in (response.header("vary") or "").lower()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, br, zstd", "zstd"), ("gzip, br;q=0.5", "gzip"), ("br", "br"), ("gzip;q=0, zstd;q=0.1", "zstd")],
)
def test_the_client_weighs_and_the_manifest_breaks_the_tie(
    serving: Node, upstream: Upstream, accepted: str, coding: str
) -> None:
    upstream.reply = replying()
    response = asked(serving, accepted)
    assert response.header("content-encoding") == coding
    assert response.body.startswith(MAGIC.get(coding, b""))


@pytest.mark.parametrize("accepted", [None, "identity", "gzip;q=0, br;q=0, zstd;q=0"])
def test_who_does_not_ask_gets_it_as_it_is_and_caches_are_told(
    serving: Node, upstream: Upstream, accepted: str | None
) -> None:
    upstream.reply = replying()
    response = asked(serving, accepted)
    assert (response.body, response.header("content-encoding")) == (BODY, None)
    assert (response.header("etag"), response.header("vary")) == ('"1"', "Accept-Encoding")


@pytest.mark.parametrize(
    "reply",
    [
        replying(kind="text/event-stream"),
        replying(kind="image/png"),
        replying(body=b'{"ok":true}'),
        replying(("Cache-Control", "private, no-transform")),
    ],
    ids=["events", "image", "short", "no-transform"],
)
def test_what_gains_nothing_is_let_alone(
    serving: Node, upstream: Upstream, reply: Callable[..., Reply]
) -> None:
    upstream.reply = reply
    response = asked(serving, "gzip")
    assert (response.header("content-encoding"), response.header("vary")) == (None, None)
    assert response.body == reply(None).body


def test_where_nothing_is_said_nothing_is_compressed(node: Node, launch: Launch, upstream: Upstream) -> None:
    launch()
    upstream.reply = replying()
    response = asked(node, "gzip")
    assert (response.body, response.header("vary")) == (BODY, None)
