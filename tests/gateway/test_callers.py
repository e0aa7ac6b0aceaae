"""Who may call on the internal ring, at the real gateway: services that are named, people by groups and grants."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.http2 import Http2Connection
from tests.gateway.issuers import Json, OutsideIssuer, bearer
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

LIST, ONE, EXPORT = "/shop/v1/orders", "/shop/v1/orders/7", "/shop/v1/orders/export"
GROUPS = {
    "desk": {"services": ["billing"]},
    "refunds": {"claims": {"realm.groups": ["acme-refunds"]}, "granted": True},
    "audit": {"claims": {"groups": ["acme-audit"]}},
}


class Gate:
    """A gateway whose API `orders` is for the desk and storefront, one order for the desk alone; people of `refunds`
    may list orders.
    """

    def __init__(self, node: Node) -> None:
        self.node, self.issuer = node, OutsideIssuer()
        node.publish(bundle=_named, change=self._manifest)
        node.change_identity()
        self.gateway = Gateway(node).start()

    def by_token(self, service: str, target: str = LIST, method: str = "GET") -> int:
        token = ("X-Internal-Service-Token", self.node.tokens.issue(service))
        return call(self.node, "internal", token, target=target, method=method).status

    def by_certificate(self, service: str, target: str = LIST) -> int:
        with Connection(self.node, "internal", certificate=self.node.svid(service)) as connection:
            return connection.exchange(request("GET", target, HOSTS["internal"])).status

    def by_person(self, target: str = LIST, **claims: Any) -> int:
        return call(self.node, "internal", bearer(self.issuer.token(**claims)), target=target).status

    def grant(self, group: str, seconds: float, subject: str = "alice") -> Json:
        person = hashlib.sha256(f"{self.issuer.issuer}\0{subject}".encode()).hexdigest()
        until = int(time.time() + seconds)
        named = {"person": person, "id": "g1"}
        self.node.change_identity({"change": "put_grant", "group": group, "until": until, **named})
        return {"change": "delete_grant", **named}

    def _manifest(self, manifest: Json) -> None:
        internal = manifest["rings"]["internal"]
        accepted = self.issuer.accepted("internal", callers={"kind": "people"})
        internal["authentication"]["access_tokens"] = [accepted]
        internal["bounds"] = {"failed_authentications_per_minute": 1_000_000}
        internal["agreements"] = self.node.put({"format": 1, "groups": GROUPS})


def _named(ring: str, content: Json) -> None:
    if ring == "internal" and content["api"] == "orders":
        content["requires"] = ["callers"]
        content["callers"] = {"services": ["storefront"], "groups": ["desk"]}
        content["paths"][0]["operations"]["GET"]["groups"] = [["refunds", "audit"]]
        content["paths"][1]["operations"]["GET"]["callers"] = [{"groups": ["desk"]}]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream) -> Iterator[Gate]:
    gate = Gate(Node(tmp_path_factory.mktemp("gate"), shared_upstream.port))
    yield gate
    gate.gateway.stop()


def test_only_services_that_are_named_call_by_certificate_and_by_token(
    gate: Gate, upstream: Upstream
) -> None:
    for status in (gate.by_token, gate.by_certificate):
        assert (status("storefront"), status("storefront", ONE)) == (200, 403)
        assert (status("billing"), status("billing", ONE)) == (200, 200)
        before = len(upstream.received)
        for stranger in ("shipping", "desk", "Storefront", "storefront2", "billing.storefront"):
            assert (status(stranger), status(stranger, ONE)) == (403, 403), stranger
        assert len(upstream.received) == before


def test_head_and_every_method_are_held_to_it(gate: Gate) -> None:
    for method in ("HEAD", "GET", "POST"):
        assert gate.by_token("shipping", method=method) == 403
    assert gate.by_token("shipping", target="/shop/v1/%6frders") == 403


def test_an_operation_nobody_restricted_is_the_apis(gate: Gate) -> None:
    assert gate.by_token("storefront", EXPORT) == 200
    assert gate.by_token("shipping", EXPORT) == 403


def test_the_refusal_says_who_may_not_and_the_log_too(gate: Gate) -> None:
    token = ("X-Internal-Service-Token", gate.node.tokens.issue("shipping"))
    refused = call(gate.node, "internal", token)
    assert b'"code":"caller_not_named"' in refused.body and b"shipping" in refused.body
    line = gate.gateway.log_line(refused.header("x-request-id"))
    assert (line["status"], line["code"], line["consumer"]) == (403, "caller_not_named", "shipping")


def test_over_http_2_too(gate: Gate) -> None:
    with Http2Connection(gate.node, "internal") as connection:
        for service, status in (("storefront", 200), ("shipping", 403)):
            token = ("X-Internal-Service-Token", gate.node.tokens.issue(service))
            assert connection.exchange("GET", LIST, token).status == status


def test_people_call_what_names_a_group_of_theirs(gate: Gate) -> None:
    assert gate.by_person(realm={"groups": ["x", "acme-refunds"]}) == 200
    assert gate.by_person(groups="acme-audit") == 200
    refused: list[Json] = [
        {},
        {"groups": ["refunds"]},
        {"groups": ["acme-refunds"]},
        {"client_id": "storefront"},
    ]
    for claims in refused:
        assert gate.by_person(**claims) == 403, claims
    for target in (ONE, EXPORT):
        assert gate.by_person(target, groups=["acme-audit"]) == 403, target


def test_a_token_without_a_subject_is_nobodys(gate: Gate) -> None:
    assert gate.by_person(sub=None, groups=["acme-audit"]) == 401


def test_who_presents_a_service_and_a_person_is_neither(gate: Gate) -> None:
    person = bearer(gate.issuer.token(groups=["acme-audit"]))
    service = ("X-Internal-Service-Token", gate.node.tokens.issue("storefront"))
    assert call(gate.node, "internal", person, service).status == 401


def test_a_grant_lets_in_at_once_ends_by_the_clock_and_when_it_is_taken_back(gate: Gate) -> None:
    assert gate.by_person() == 403
    gate.grant("refunds", 2.5)
    assert gate.by_person() == 200
    assert gate.by_person(sub="bob") == 403
    deadline = time.time() + 4
    while gate.by_person() == 200:
        assert time.time() < deadline, "the grant does not end"
        time.sleep(0.05)
    gone = gate.grant("refunds", 60)
    assert gate.by_person() == 200
    gate.node.change_identity(gone)
    assert gate.by_person() == 403


def test_a_grant_of_a_group_that_is_not_granted_is_none(gate: Gate) -> None:
    gone = gate.grant("audit", 60)
    assert gate.by_person() == 403
    gate.node.change_identity(gone)


def test_a_gateway_that_restarts_knows_the_grants(gate: Gate) -> None:
    gone = gate.grant("refunds", 60)
    gate.gateway.stop()
    gate.gateway = Gateway(gate.node).start()
    assert gate.by_person() == 200
    gate.node.change_identity(gone)
    assert gate.by_person() == 403
