"""Pages of other origins: a browser is told what the ring sees and no more, and nobody is let in by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call, credentials_for
from tests.gateway.upstream import Reply, Upstream
from tests.gateway.wire import Response

Launch = Callable[..., Gateway]
ORDERS = "/shop/v1/orders"
APP, EVIL = "https://app.example", "https://app.example.evil"
CORS = {
    "origins": [APP],
    "headers": ["authorization", "x-api-key"],
    "expose": ["x-total-count"],
    "credentials": True,
    "max_age_seconds": 600,
}


def pages(ring: str, bundle: dict[str, Any]) -> None:
    if ring == "public":
        bundle["cors"] = CORS


@pytest.fixture
def serving(node: Node, launch: Launch) -> Node:
    node.publish(bundle=pages)
    launch()
    return node


def preflight(node: Node, origin: str, target: str = ORDERS, ring: str = "public") -> Response:
    """As browsers send it: without any credential."""
    asked: tuple[Field, ...] = ("Origin", origin), ("Access-Control-Request-Method", "POST")
    return call(node, ring, *asked, method="OPTIONS", target=target)


def told(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers if name.startswith("access-control-")}


def test_a_preflight_is_answered_with_what_the_ring_sees(serving: Node, upstream: Upstream) -> None:
    response = preflight(serving, APP)
    assert response.status == 204
    assert told(response) == {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, HEAD, OPTIONS, POST",
        "access-control-allow-headers": "authorization, x-api-key",
        "access-control-max-age": "600",
    }
    assert response.header("vary") == "Origin"
    # DELETE is there for the internal ring alone.
    methods = told(preflight(serving, APP, f"{ORDERS}/7"))["access-control-allow-methods"]
    assert methods == "GET, HEAD, OPTIONS"
    assert upstream.received == []


@pytest.mark.parametrize("origin", [APP, EVIL])
@pytest.mark.parametrize(
    ("hidden", "missing"),
    [(f"{ORDERS}/export", "/shop/v1/absent"), ("/ledger/v1/orders", "/absent/v1/orders")],
)
def test_hidden_and_missing_are_the_same_to_a_preflight(
    serving: Node, origin: str, hidden: str, missing: str
) -> None:
    answers = [preflight(serving, origin, target) for target in (hidden, missing)]
    assert answers[0].without_moment == answers[1].without_moment
    assert (answers[0].status, told(answers[0])) == (404, {})


def test_another_origin_is_told_nothing(serving: Node) -> None:
    response = preflight(serving, EVIL)
    assert (told(response), response.header("vary")) == ({}, "Origin")
    response = call(serving, "public", credentials_for(serving, "public"), ("Origin", EVIL))
    assert (response.status, told(response), response.header("vary")) == (200, {}, "Origin")


def test_an_answer_can_be_read_and_says_what_the_manifest_says(serving: Node, upstream: Upstream) -> None:
    upstream.reply = lambda received: Reply(
        headers=[("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "DELETE")]
    )
    response = call(serving, "public", credentials_for(serving, "public"), ("Origin", APP))
    assert told(response) == {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-total-count",
    }


def test_a_refusal_can_be_read_as_well(serving: Node) -> None:
    response = call(serving, "public", ("Origin", APP))
    assert (response.status, told(response)["access-control-allow-origin"]) == (401, APP)
    assert response.header("vary") == "Origin"


@pytest.mark.parametrize("ring", ["partner", "internal"])
def test_rings_that_ask_who_calls_answer_no_preflight(serving: Node, ring: str) -> None:
    response = preflight(serving, APP, ring=ring)
    assert (response.status, told(response)) == (401, {})


def test_where_nothing_is_said_nothing_is_told(node: Node, launch: Launch) -> None:
    launch()
    response = preflight(node, APP)
    assert (response.status, told(response), response.header("vary")) == (204, {}, None)
