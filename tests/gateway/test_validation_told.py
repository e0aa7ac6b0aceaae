"""What of requests does not fit is told in the log; inside it passes, and so, while a contract is observed, does what
nobody declared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import Json, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.test_validation import validation
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Response

OUTER = ("partner", "public")
FAR = 4_102_444_800


def publish(node: Node, mode: str, until: int | None = None, rings: tuple[str, ...] = OUTER) -> None:
    rules = validation()
    rules["operations"]["listOrders"]["hidden"] = ["debug"]

    def held(ring: str, content: Json) -> None:
        if ring in rings:
            rule = {"object": node.put(_of(content, rules)), "mode": mode}
            content["validation"] = rule if until is None else rule | {"until": until}

    node.publish(bundle=held)


def _of(content: Json, rules: Json) -> Json:
    ids = {one["id"] for path in content["paths"] for one in path["operations"].values()}
    known = {name: rule for name, rule in rules["operations"].items() if name in ids}
    return rules | {"operations": known}


def told(gateway: Gateway, response: Response) -> dict[tuple[str, str], str]:
    """Part and place → why."""
    rows: Any = gateway.log_line(response.header("x-request-id")).get("unfit", [])
    return {(row["in"], row["at"]): row["reason"] for row in rows}


def get(gateway: Gateway, ring: str, query: str) -> Response:
    proof = credentials_for(gateway.node, ring)
    return call(gateway.node, ring, proof, target=f"/shop/v1/orders?{query}")


def post(gateway: Gateway, ring: str, body: object) -> Response:
    fields = [credentials_for(gateway.node, ring), ("Content-Type", "application/json")]
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return call(gateway.node, ring, *fields, method="POST", body=data)


@pytest.mark.parametrize("ring", OUTER)
def test_the_line_of_a_refused_request_says_what_did_not_fit(
    node: Node, launch: Callable[..., Gateway], ring: str
) -> None:
    publish(node, "enforce")
    gateway = launch()
    refused = get(gateway, ring, "limit=500")
    assert refused.status == 422 and told(gateway, refused) == {("query", "limit"): "maximum"}
    refused = post(gateway, ring, {"note": 1, "hidden": 1, "new": 1})
    assert told(gateway, refused) == {
        ("body", "/note"): "type",
        ("body", "/hidden"): "narrower",
        ("body", "/new"): "undeclared",
    }
    assert told(gateway, post(gateway, ring, b"{")) == {("body", ""): "malformed"}
    assert told(gateway, get(gateway, ring, "limit=5")) == {}


def test_inside_everything_passes_and_what_would_be_refused_is_told(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    publish(node, "report", rings=("internal",))
    gateway = launch()
    passed = get(gateway, "internal", "limit=500&page=2")
    assert passed.status == 200 and upstream.last.target.endswith("limit=500&page=2")
    assert told(gateway, passed) == {("query", "page"): "undeclared", ("query", "limit"): "maximum"}
    body = b'{"note":1,"new":' + b"[" * 5 + b"]" * 5 + b"}"
    passed = post(gateway, "internal", body)
    assert passed.status == 200 and upstream.last.body == body
    assert told(gateway, passed) == {("body", "/note"): "type", ("body", "/new"): "undeclared"}
    passed = post(gateway, "internal", b"no JSON")
    assert passed.status == 200 and upstream.last.body == b"no JSON"
    assert told(gateway, passed) == {("body", ""): "malformed"}
    assert told(gateway, post(gateway, "internal", {"note": "fits"})) == {}


@pytest.mark.parametrize("ring", OUTER)
def test_while_a_contract_is_observed_what_nobody_declared_passes_and_what_is_hidden_does_not(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream, ring: str
) -> None:
    publish(node, "observe", FAR)
    gateway = launch()
    passed = get(gateway, ring, "limit=5&page=2")
    assert passed.status == 200 and upstream.last.target.endswith("limit=5&page=2")
    assert told(gateway, passed) == {("query", "page"): "undeclared"}
    passed = post(gateway, ring, {"note": "x", "new": {"deep": [1]}})
    assert passed.status == 200 and told(gateway, passed) == {("body", "/new"): "undeclared"}
    upstream.forget()
    for refused in (
        get(gateway, ring, "debug=1"),
        get(gateway, ring, "debug%5Ba%5D=1"),
        get(gateway, ring, "limit=500"),
        post(gateway, ring, {"note": "x", "hidden": 1}),
        post(gateway, ring, {"new": 1}),
        post(gateway, ring, b"{"),
    ):
        assert refused.status in (400, 422)
    assert upstream.received == []


def test_when_the_time_is_over_the_gateway_enforces_by_itself(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    publish(node, "observe", int(time.time()) - 1)
    gateway = launch()
    assert get(gateway, "public", "page=2").status == 422
    assert post(gateway, "public", {"note": "x", "new": 1}).status == 422
    assert upstream.received == []


def test_an_operation_whose_patterns_were_waived_is_missing_when_the_time_is_over(
    node: Node, launch: Callable[..., Gateway], upstream: Upstream
) -> None:
    rules = validation()
    rules["operations"]["listOrders"]["until"] = int(time.time()) - 1
    rules["operations"]["getOrder"]["until"] = FAR

    def held(ring: str, content: Json) -> None:
        if ring in OUTER:
            content["validation"] = {"object": node.put(rules), "mode": "enforce"}

    node.publish(bundle=held)
    launch()
    proof = credentials_for(node, "public")
    over, missing = (
        call(node, "public", proof, target=f"/shop/v1/{path}").without_moment
        for path in ("orders", "nothing")
    )
    assert over == missing
    assert call(node, "public", proof, target="/shop/v1/orders/7").status == 200
    assert [received.target for received in upstream.received] == ["/base/orders/7"]


def test_a_gateway_that_does_not_know_what_a_bundle_requires_refuses_it(
    node: Node, launch: Callable[..., Gateway]
) -> None:
    """As one from before there was validation does: bundles of outer rings require that."""
    gateway = launch()

    def later(ring: str, content: Json) -> None:
        content["requires"] = ["validation-of-tomorrow"]

    assert gateway.refuses_revision(node.publish(bundle=later)) == "feature_unknown"
