"""Scopes at the real gateway: who may call, who is told what is missing, and that nothing else is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.issuers import Json, OutsideIssuer, accept, bearer
from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import call
from tests.gateway.upstream import Upstream

OUTER = ["partner", "public"]
ORDERS, ONE = "/shop/v1/orders", "/shop/v1/orders/7"


def demanding(*alternatives: list[str]) -> Callable[[str, Json], None]:
    """Listing orders demands these of outsiders; one order demands nothing."""

    def change(ring: str, content: Json) -> None:
        if ring != "internal":
            content["paths"][0]["operations"]["GET"]["scopes"] = [list(one) for one in alternatives]

    return change


class Gate:
    """A gateway whose outer rings demand `orders:read` to list orders."""

    def __init__(self, gateway: Gateway, issuer: OutsideIssuer) -> None:
        self.node, self.gateway, self.issuer = gateway.node, gateway, issuer

    def status(self, ring: str, target: str = ORDERS, method: str = "GET", **claims: Any) -> int:
        return call(self.node, ring, bearer(self.issuer.token(**claims)), target=target, method=method).status

    def keyed(self, ring: str, **given: Any) -> int:
        return call(self.node, ring, ("X-Api-Key", self.node.key(ring, **given).text)).status


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Gate]:
    node, issuer = Node(tmp_path_factory.mktemp("gate"), shared_upstream.port), OutsideIssuer()
    accept(node, issuer, bundle=demanding(["orders:read"]))
    node.change_identity()
    gateway = Gateway(node).start()
    yield Gate(gateway, issuer)
    gateway.stop()


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize(
    "scope",
    [
        None, "", " ", "orders", "orders:read2", "Orders:read", "orders:rea d", "orders:read,orders:write",
        "orders:read\torders:write", "orders:read\u00a0x", "orders:read\u200b", "or\u0064ers:reаd", 7, True, {},
        {"orders:read": True}, ["orders:read", 1], [["orders:read"]], ["orders:read orders:write"], "*", ".*",
    ],
)  # fmt: skip
def test_who_does_not_carry_the_scope_is_refused(
    gate: Gate, upstream: Upstream, ring: str, scope: object
) -> None:
    before = len(upstream.received)
    assert gate.status(ring, scope=scope) == 403
    assert gate.status(ring, method="HEAD", scope=scope) == 403
    assert len(upstream.received) == before


@pytest.mark.parametrize("ring", OUTER)
@pytest.mark.parametrize("scope", ["orders:read", " orders:read ", "a  orders:read b", ["b", "orders:read"]])
def test_who_carries_the_scope_calls(gate: Gate, ring: str, scope: object) -> None:
    assert gate.status(ring, scope=scope) == 200


def test_other_claims_are_no_scopes(gate: Gate) -> None:
    for name in ("scp", "scopes", "Scope", "roles", "permissions"):
        assert gate.status("partner", **{name: "orders:read"}) == 403


@pytest.mark.parametrize("ring", OUTER)
def test_the_refusal_says_what_it_takes_and_is_not_counted(gate: Gate, ring: str) -> None:
    token = bearer(gate.issuer.token(scope="profile", sub="counted", client_id="app-8"))
    for _ in range(30):  # initech may call ten times
        refused = call(gate.node, ring, token)
        assert refused.status == 403
        assert refused.header("www-authenticate") == (
            f'Bearer realm="{ring}", error="insufficient_scope", scope="orders:read"'
        )
        assert b'"code":"scope_missing"' in refused.body
        assert b"profile" not in refused.body
    assert call(gate.node, ring, token, target=ONE).status == 200


def test_an_api_key_carries_what_its_agreement_and_itself_have(gate: Gate) -> None:
    for ring in OUTER:
        assert gate.keyed(ring) == 200
        assert gate.keyed(ring, scopes=["orders:read", "x"]) == 200
        assert gate.keyed(ring, scopes=["orders:write"]) == 403


def test_a_key_does_not_lend_its_scopes_to_a_token(gate: Gate) -> None:
    whole = ("X-Api-Key", gate.node.key("partner").text)
    narrow = bearer(gate.issuer.token(scope="orders:write"))
    assert call(gate.node, "partner", whole).status == 200
    assert call(gate.node, "partner", narrow, whole).status == 403
    assert call(gate.node, "partner", bearer(gate.issuer.token(scope="orders:read")), whole).status == 200


def test_the_internal_ring_asks_who_it_is_and_no_more(gate: Gate) -> None:
    assert gate.status("internal") == 200


@pytest.mark.parametrize("ring", OUTER)
def test_what_is_hidden_stays_hidden_from_who_lacks_a_scope(gate: Gate, ring: str) -> None:
    token = bearer(gate.issuer.token())

    def seen(target: str) -> tuple[int, bytes]:
        answer = call(gate.node, ring, token, ("X-Request-Id", "one"), target=target)
        identified = answer.header("x-request-id") or ""
        return answer.status, answer.body.replace(identified.encode(), b"")

    assert seen("/shop/v1/orders/export") == seen("/shop/v1/nowhere") == seen("/ledger/v1/orders")
    assert seen("/shop/v1/nowhere")[0] == 404


def test_over_http_2_too(gate: Gate) -> None:
    with Http2Connection(gate.node, "public") as connection:
        for scope, status in (("orders:read", 200), ("x", 403)):
            token = bearer(gate.issuer.token(scope=scope))
            assert connection.exchange("GET", ORDERS, token).status == status


def test_the_log_says_why(gate: Gate) -> None:
    refused = call(gate.node, "partner", bearer(gate.issuer.token(scope="profile")))
    line = gate.gateway.log_line(refused.header("x-request-id"))
    assert (line["status"], line["code"]) == (403, "scope_missing")
    assert "orders:read" in str(line["internal_reason"])


def test_any_alternative_will_do_and_a_plan_that_says_less_narrows(
    node: Node, launch: Callable[..., Gateway]
) -> None:
    issuer = OutsideIssuer()
    agreements = {
        "format": 1,
        "plans": {"free": {"limit": {"per_minute": 60_000, "burst": 60_000}, "scopes": ["a", "b"]}},
    }

    def change(manifest: Json) -> None:
        public = manifest["rings"]["public"]
        public["authentication"]["access_tokens"] = [issuer.accepted("public", scope_claim="scp")]
        public["agreements"] = node.put(agreements)

    node.publish(change=change, bundle=demanding(["a", "b"], ["c"]))
    launch()

    def status(scp: object) -> int:
        return call(node, "public", bearer(issuer.token(scp=scp))).status

    assert status(["a", "b"]) == status("b a x") == 200
    assert status(["a"]) == status([]) == 403
    assert status("c") == 403, "the plan does not give it"
    assert call(node, "public", ("X-Api-Key", node.key("public").text)).status == 200
    assert call(node, "public", ("X-Api-Key", node.key("public", plan="gone").text)).status == 403
