"""One normalisation: what is matched is what is counted, logged and sent on; HTTP/1.1 and HTTP/2, every ring."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ringwork._native import normalise_target
from tests.gateway.frames import FrameConnection
from tests.gateway.node import HOSTS, RINGS
from tests.gateway.process import Gateway
from tests.gateway.support import Field, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

CORPUS = tomllib.loads((Path(__file__).parent / "corpora/targets.toml").read_text())
MEANT: dict[str, tuple[str, str]] = CORPUS["meant"]
BY_HTTP1: dict[str, tuple[str, str]] = CORPUS["meant_by_http1"]
MISSING: dict[str, str] = CORPUS["missing"]


@pytest.fixture(scope="module")
def proofs(shared_gateway: Gateway) -> dict[str, Field]:
    return {ring: credentials_for(shared_gateway.node, ring) for ring in RINGS}


def query_of(target: str) -> str:
    _, mark, query = target.partition("?")
    return mark + query


def assert_meant(gateway: Gateway, upstream: Upstream, request_id: str | None, sent: str, path: str) -> None:
    """Log and upstream have the same target, and the operation is the one of that path."""
    line = gateway.log_line(request_id)
    operation = "listOrders" if path.endswith("/orders") else "getOrder"
    assert (line["path"], line["operation"]) == (path, operation)
    assert upstream.last.target == path.replace("/shop/v1", "/base") + query_of(sent)


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", [*MEANT, *BY_HTTP1])
def test_each_spelling_is_one_target_for_all_that_follows(
    shared_gateway: Gateway, upstream: Upstream, proofs: dict[str, Field], ring: str, name: str
) -> None:
    sent, path = (MEANT | BY_HTTP1)[name]
    sent = sent.replace("{host}", HOSTS[ring])
    with Connection(shared_gateway.node, ring) as connection:
        response = connection.exchange(request("GET", sent, HOSTS[ring], proofs[ring]))
        plain = connection.exchange(request("GET", "/shop/v1/orders", HOSTS[ring], proofs[ring]))
    assert response.status == 200
    assert response.header("ratelimit-policy") == plain.header("ratelimit-policy")
    upstream.received.pop()
    assert_meant(shared_gateway, upstream, response.header("x-request-id"), sent, path)
    told = normalise_target("GET", sent.encode("latin-1"), HOSTS[ring].encode())
    assert told["path"] == path


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", MEANT)
def test_each_spelling_is_the_same_over_http2(
    shared_gateway: Gateway, upstream: Upstream, proofs: dict[str, Field], ring: str, name: str
) -> None:
    sent, path = MEANT[name]
    status, request_id = over_http2(shared_gateway, ring, sent, proofs[ring])
    assert status == 200
    assert_meant(shared_gateway, upstream, request_id, sent, path)


@pytest.mark.parametrize("ring", RINGS)
@pytest.mark.parametrize("name", MISSING)
def test_no_trick_is_found(
    shared_gateway: Gateway, upstream: Upstream, proofs: dict[str, Field], ring: str, name: str
) -> None:
    sent = MISSING[name].replace("{host}", HOSTS[ring])
    with Connection(shared_gateway.node, ring) as connection:
        response = connection.exchange(request("GET", sent, HOSTS[ring], proofs[ring]))
    assert response.status == 404
    assert "operation" not in shared_gateway.log_line(response.header("x-request-id"))
    assert over_http2(shared_gateway, ring, sent, proofs[ring])[0] in (404, None)
    assert upstream.received == []


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_every_trick_looks_like_what_is_missing(
    shared_gateway: Gateway, proofs: dict[str, Field], ring: str
) -> None:
    targets = ["/absent", "/ledger/v1/orders", *MISSING.values()]
    answers = set()
    with Connection(shared_gateway.node, ring) as connection:
        for target in targets:
            sent = target.replace("{host}", HOSTS[ring])
            answers.add(connection.exchange(request("GET", sent, HOSTS[ring], proofs[ring])).without_moment)
    assert len(answers) == 1


def over_http2(gateway: Gateway, ring: str, path: str, proof: Field) -> tuple[int | None, str | None]:
    """Status and request id; None where the protocol layer ended the stream."""
    head = [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", HOSTS[ring])]
    fields = [*head, (proof[0].lower(), proof[1])]
    with FrameConnection(gateway.node, ring) as connection:
        block = [(name.encode(), value.encode("latin-1")) for name, value in fields]
        connection.send(connection.block(1, block, end=True))
        connection.read_until(lambda: connection.answered(1) or connection.reset_of(1) is not None)
        if not connection.answered(1):
            return None, None
        told = connection.header_of(1)
        return int(told[":status"]), told.get("x-request-id")
