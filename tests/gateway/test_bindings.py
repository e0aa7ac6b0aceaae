"""Values that must be the caller's own, at the real gateway: what an attacker writes so that two readers differ."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.issuers import Json, OutsideIssuer, accept, bearer
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

OUTER = ["partner", "public"]
ORDERS = "/shop/v1/orders"
_JSON = ("Content-Type", "application/json")


class Gate:
    """A gateway where one order is who its id names, listing names whose in the query, making one in the body."""

    def __init__(self, node: Node, issuer: OutsideIssuer) -> None:
        self.node, self.issuer = node, issuer

    def token(self, **claims: Any) -> tuple[str, str]:
        said: Json = {"customer": "alice", "n": 7} | claims
        return bearer(self.issuer.token(**said))

    def get(self, target: str, ring: str = "public", *fields: tuple[str, str], **claims: Any) -> int:
        return call(self.node, ring, self.token(**claims), *fields, target=target).status

    def post(self, body: bytes, *fields: tuple[str, str], ring: str = "public") -> int:
        fields = fields or (_JSON,)
        return call(self.node, ring, self.token(), *fields, method="POST", target=ORDERS, body=body).status


def _validation() -> Json:
    query = {"in": "query", "form": "form"}
    one = {"schema": "order", "node": 0}
    content = {"application/json": {"json": one}, "text/plain": "opaque"}
    return {
        "format": 1,
        "nodes": [{"any": True}],
        "definitions": {"order": {}},
        "operations": {
            "listOrders": {"parameters": [query | {"name": "customer"}, query | {"name": "note"}]},
            "createOrder": {"body": {"content": content}},
            "getOrder": {"parameters": [{"in": "path", "name": "id", "form": "simple"}]},
        },
    }


def _bound(node: Node, ring: str, content: Json) -> None:
    if ring == "internal":
        return
    orders, one = (path["operations"] for path in content["paths"][:2])

    def by(place: str, name: str) -> list[Json]:
        return [{"in": place, "name": name, "any": [{"claim": "/customer"}, {"claim": "/n"}]}]

    orders["GET"]["bindings"] = by("query", "customer")
    orders["POST"]["bindings"] = by("body", "/order/customer")
    one["GET"] |= {
        "bindings": by("path", "id"), "websocket": {"idle_ms": 60_000, "lifetime_ms": 60_000},
    }  # fmt: skip
    shown = {"opaque": True, "statuses": {"default": {"headers": [], "content": {"*/*": "opaque"}}}}
    names = ("listOrders", "createOrder", "getOrder")
    projection = {"format": 1, "nodes": [], "operations": dict.fromkeys(names, shown)}
    content["requires"] = ["bindings", "projection", "validation"]
    content["projection"] = {"mode": "enforce", "object": node.put(projection)}
    content["validation"] = {"mode": "enforce", "object": node.put(_validation())}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Gate]:
    node, issuer = Node(tmp_path_factory.mktemp("gate"), shared_upstream.port), OutsideIssuer()
    accept(node, issuer, bundle=lambda ring, content: _bound(node, ring, content))
    node.change_identity()
    gateway = Gateway(node).start()
    yield Gate(node, issuer)
    gateway.stop()


@pytest.mark.parametrize("ring", OUTER)
def test_the_callers_own_passes(gate: Gate, ring: str) -> None:
    assert gate.get(f"{ORDERS}/alice", ring) == 200
    assert gate.get(f"{ORDERS}/%61lice", ring) == 200
    assert gate.get(f"{ORDERS}/7", ring) == 200
    assert gate.get(f"{ORDERS}?customer=alice&note=x", ring) == 200
    assert gate.post(b'{"order":{"customer":"alice"}}', ring=ring) == 200
    assert gate.post(b'{"order":{"customer":7}}', ring=ring) == 200


FOREIGN_PATHS = [
    "bob", "Alice", "ALICE", "alice;x=1", "alice%3B", "alice%20", "%20alice", "alice%00", "%2561lice", "alice%2Fx",
    "alice%2f..%2fbob", "ali%63e%09", "al%C3%ADce", "ali%CC%81ce", "alice%E2%80%8B", "alice+", "alice%2B", "alice.",
    "alice.json", "..%2Falice", "7.0", "07", "+7", "7e0", "undefined", "null", "[object%20Object]", "*", "alice,bob",
]  # fmt: skip


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize("value", FOREIGN_PATHS)
def test_another_spelling_of_a_path_is_another_value(
    gate: Gate, upstream: Upstream, ring: str, value: str
) -> None:
    before = len(upstream.received)
    assert gate.get(f"{ORDERS}/{value}", ring) in (400, 403, 404)
    assert len(upstream.received) == before


@pytest.mark.parametrize(
    "query",
    [
        "", "?", "?customer", "?customer=", "?customer=bob", "?Customer=alice", "?customer=alice&customer=bob",
        "?customer=bob&customer=alice", "?customer=alice&customer=alice", "?customer=alice&Customer=bob",
        "?customer=alice&customer%5B%5D=bob", "?customer=alice&customer[0]=bob", "?customer=alice;customer=bob",
        "?customer=alice%26customer=bob", "?customer=alice,bob", "?customer=alice+", "?customer=al+ice",
        "?customer=%2561lice", "?customer=alice%00", "?customer=ali%CC%81ce", "?customer=%22alice%22",
        "?customer[]=alice", "?note=alice", "?customer=7.0", "?customer=alice&customer=", "?customer=ALICE",
    ],
)  # fmt: skip
def test_a_query_that_may_mean_another_is_refused(gate: Gate, upstream: Upstream, query: str) -> None:
    before = len(upstream.received)
    assert gate.get(f"{ORDERS}{query}") in (400, 403)
    assert len(upstream.received) == before


FOREIGN_BODIES = [
    b'{"order":{"customer":"bob"}}', b'{"order":{"customer":"alice","customer":"bob"}}',
    b'{"order":{"customer":"bob","customer":"alice"}}', b'{"order":{"customer":"alice","cust\\u006fmer":"bob"}}',
    b'{"order":{"customer":"alice"},"order":{"customer":"bob"}}', b'{"order":[{"customer":"alice"}]}',
    b'{"order":{"customer":["alice"]}}', b'{"order":{"customer":{"id":"alice"}}}', b'{"order":{"customer":null}}',
    b'{"order":{"Customer":"alice"}}', b'{"order":{}}', b"{}", b"[]", b'"alice"', b"null", b"", b"{",
    b'{"order":{"customer":"alice"}}x', b'{"order":{"customer":"alice"}}{"order":{"customer":"bob"}}',
    b'{"order":{"customer":"alice"},}', b'\xef\xbb\xbf{"order":{"customer":"alice"}}',
    b'{"order":{"customer":"al\\u00edce"}}',
    b'{"order":{"customer":"alice\\u0000"}}', b'{"order":{"customer":"alice "}}', b'{"order":{"customer":7.5}}',
    b'{"order":{"customer":1e999}}', b'{"order":{"customer":7000000000000000000000000000}}',
    b'{"order/customer":"alice"}',
    b'{"order.customer":"alice"}', b'{"customer":"alice"}', b'{"order":{"customer":07}}', b'{"order":{"customer":NaN}}',
    "{\"order\":{\"customer\":\"alice\"}}".encode("utf-16"),
]  # fmt: skip


@pytest.mark.parametrize("body", FOREIGN_BODIES)
def test_a_body_that_may_say_another_never_reaches_the_service(
    gate: Gate, upstream: Upstream, body: bytes
) -> None:
    before = len(upstream.received)
    assert gate.post(body) in (400, 403)
    assert len(upstream.received) == before


def test_a_body_nobody_reads_is_refused(gate: Gate, upstream: Upstream) -> None:
    own, before = b'{"order":{"customer":"alice"}}', len(upstream.received)
    for fields in (
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "application/json; charset=utf-16")],
        [_JSON, ("Content-Encoding", "gzip")],
        [("Content-Type", "application/json"), ("Content-Type", "text/plain")],
    ):
        assert gate.post(own, *fields) in (400, 403, 415), fields
    assert gate.post(gzip.compress(own), _JSON, ("Content-Encoding", "gzip")) in (403, 415)
    assert call(gate.node, "public", gate.token(), method="POST", target=ORDERS).status == 403
    assert len(upstream.received) == before


def _chunked(gate: Gate, body: bytes, size: int) -> int:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    head = f"POST {ORDERS} HTTP/1.1\r\nHost: {HOSTS['public']}\r\nTransfer-Encoding: chunked\r\n"
    fields = "".join(f"{name}: {value}\r\n" for name, value in (gate.token(), _JSON))
    chunks = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    with Connection(gate.node, "public") as connection:
        return connection.exchange((head + fields + "\r\n").encode() + chunks + b"0\r\n\r\n").status


@pytest.mark.parametrize("padding", [0, 200])
def test_chunked_bodies_are_read_to_their_end_first(gate: Gate, upstream: Upstream, padding: int) -> None:
    for customer, status in (("alice", 200), ("bob", 403)):
        before = len(upstream.received)
        body = json.dumps({"pad": "x" * padding, "order": {"customer": customer}}).encode()
        assert _chunked(gate, body, 7) == status
        assert len(upstream.received) - before == (status == 200)


def test_over_http_2_too(gate: Gate) -> None:
    with Http2Connection(gate.node, "public") as connection:
        for customer, status in (("alice", 200), ("bob", 403)):
            body = json.dumps({"order": {"customer": customer}}).encode()
            assert connection.exchange("POST", ORDERS, gate.token(), _JSON, body=body).status == status
            assert connection.exchange("GET", f"{ORDERS}/{customer}", gate.token()).status == status


def test_head_tunnels_and_other_methods_are_bound_as_well(gate: Gate, upstream: Upstream) -> None:
    before = len(upstream.received)
    upgrade = (
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    )  # fmt: skip
    assert gate.get(f"{ORDERS}/bob", "public", *upgrade) == 403
    assert call(gate.node, "public", gate.token(), method="HEAD", target=f"{ORDERS}/bob").status == 403
    options = call(gate.node, "public", gate.token(), method="OPTIONS", target=f"{ORDERS}/bob")
    assert options.status == 204
    override = ("X-HTTP-Method-Override", "DELETE")
    assert gate.get(f"{ORDERS}/bob", "public", override) == 403
    assert len(upstream.received) == before


@pytest.mark.parametrize(
    "claims",
    [
        {"customer": None, "n": None}, {"customer": "", "n": None}, {"customer": {"alice": 1}, "n": None},
        {"customer": [["alice"]], "n": None}, {"customer": "alice bob", "n": None},
        {"Customer": "alice", "customer": None},
        {"customer": "bob", "sub": "alice"},
    ],
)  # fmt: skip
def test_a_claim_that_is_not_the_value_opens_nothing(gate: Gate, claims: Json) -> None:
    for target in (f"{ORDERS}/alice", f"{ORDERS}?customer=alice", f"{ORDERS}?customer="):
        assert gate.get(target, **claims) == 403


def test_of_a_list_any_will_do(gate: Gate) -> None:
    assert gate.get(f"{ORDERS}/alice", customer=["bob", "alice"]) == 200
    assert gate.get(f"{ORDERS}/carol", customer=["bob", "alice"]) == 403


def test_a_key_alone_has_no_claims(gate: Gate) -> None:
    for ring in OUTER:
        key = ("X-Api-Key", gate.node.key(ring).text)
        assert call(gate.node, ring, key, target=f"{ORDERS}/alice").status == 403


def test_the_answer_says_nothing_of_whose_it_is(gate: Gate) -> None:
    refused = call(gate.node, "public", gate.token(), target=f"{ORDERS}/bob")
    assert json.loads(refused.body)["code"] == "not_authorized"
    assert not any(word in refused.body for word in (b"alice", b"bob", b"customer", b"path.id"))
    posted = request(
        "POST", ORDERS, HOSTS["public"], gate.token(), _JSON, body=b'{"order":{"customer":"bob"}}'
    )
    with Connection(gate.node, "public") as connection:
        answer = connection.exchange(posted)
    assert json.loads(answer.body)["code"] == "not_authorized"
    assert not any(word in answer.body for word in (b"alice", b"bob", b"customer"))


def test_insiders_are_not_asked(gate: Gate) -> None:
    assert gate.get(f"{ORDERS}/bob", "internal") == 200
