"""Values that leave as a hash of themselves: under the node's key, and without one not at all."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable

import pytest

from tests.gateway.bodies import ORDERS, OUTER, Json, Service, chunked, head, projection, removed, sized, text
from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.wire import Response

KEY = "5f" * 32
MASKING_KEY = "state://masking-key"
EMAIL = "ada@acme.test"
NODES: list[Json] = [
    {"object": {"properties": [["id", 1], ["email", 2]]}},
    {"string": {}},
    {"string": {"mask": "hash"}},
]
BODY = text({"id": "1", "email": EMAIL})


def hashed(value: str, key: str = KEY) -> str:
    """The first 128 bits of HMAC-SHA-256."""
    return hmac.digest(key.encode(), value.encode(), "sha256")[:16].hex()


@pytest.fixture
def serving(node: Node, launch: Callable[..., Gateway], service: Service) -> Gateway:
    node.upstream_port = service.port
    name = node.put(projection() | {"nodes": NODES})

    def masking(ring: str, bundle: Json) -> None:
        bundle["requires"] = ["projection"]
        bundle["projection"] = {"object": name, "mode": "report" if ring == "internal" else "enforce"}

    node.publish(bundle=masking)
    return launch()


def get(gateway: Gateway, ring: str) -> Response:
    return call(gateway.node, ring, credentials_for(gateway.node, ring), target=ORDERS)


def email(gateway: Gateway, ring: str) -> object:
    return json.loads(get(gateway, ring).body).get("email")


@pytest.mark.parametrize("ring", OUTER)
def test_without_a_key_the_value_does_not_leave(serving: Gateway, service: Service, ring: str) -> None:
    service.answers(sized(BODY))
    response = get(serving, ring)
    assert json.loads(response.body) == {"id": "1"}
    line = serving.log_line(response.header("x-request-id"))
    assert removed(line) == {"/email": ("no_masking_key", 1)}


@pytest.mark.parametrize("ring", OUTER)
def test_equal_values_leave_as_equal_hashes_once_the_key_is_there(
    serving: Gateway, service: Service, ring: str
) -> None:
    service.answers(sized(BODY))
    serving.node.provide_secrets({MASKING_KEY: KEY})
    serving.eventually(lambda: email(serving, ring) == hashed(EMAIL))
    assert email(serving, ring) == email(serving, ring)


def test_a_body_that_is_cut_as_it_passes_is_masked_under_the_same_key(
    serving: Gateway, service: Service
) -> None:
    serving.node.provide_secrets({MASKING_KEY: KEY})
    lines = [BODY + b"\n", BODY + b"\n"]
    service.answers(head(200, "Transfer-Encoding: chunked", kind="application/x-ndjson") + chunked(*lines))
    passed = text({"id": "1", "email": hashed(EMAIL)}) + b"\n"
    serving.eventually(lambda: get(serving, "public").body == 2 * passed)


def test_a_key_that_is_taken_away_takes_the_values_with_it(serving: Gateway, service: Service) -> None:
    service.answers(sized(BODY))
    serving.node.provide_secrets({MASKING_KEY: KEY})
    serving.eventually(lambda: email(serving, "public") == hashed(EMAIL))
    serving.node.provide_secrets({})
    serving.eventually(lambda: email(serving, "public") is None)


def test_inside_the_original_passes(serving: Gateway, service: Service) -> None:
    service.answers(sized(BODY))
    serving.node.provide_secrets({MASKING_KEY: KEY})
    assert email(serving, "internal") == EMAIL
