"""How often: exact under concurrency, one allowance per partner, kept over configuration changes and crashes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call, checkpointed
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

Launch = Callable[..., Gateway]
CONNECTIONS = 64
CALLS_EACH = 3
TINY_BURST = 20  # and one a minute
INITECH_BURST = 10


def statuses(node: Node, ring: str, keys: list[str]) -> list[int]:
    """All connections are open before the first request is sent; keys are used in turn."""

    def calls(connection: Connection, key: str) -> list[int]:
        ask = request("GET", "/shop/v1/orders", HOSTS[ring], ("X-Api-Key", key))
        return [connection.exchange(ask).status for _ in range(CALLS_EACH)]

    connections = [Connection(node, ring) for _ in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        taken = [keys[at % len(keys)] for at in range(CONNECTIONS)]
        results = [status for found in pool.map(calls, connections, taken) for status in found]
    for connection in connections:
        connection.close()
    return results


def assert_exact(results: list[int], burst: int, seconds: float) -> None:
    """`burst + floor(t × 1 / 60)` pass in any span of t seconds; a slow machine may make t a minute."""
    passed = results.count(200)
    assert passed + results.count(429) == CONNECTIONS * CALLS_EACH
    assert burst <= passed <= burst + int(seconds / 60)


def test_a_plans_limit_is_exact_under_64_connections(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    key = node.key("public", plan="tiny")
    since = time.monotonic()
    results = statuses(node, "public", [key.text])
    assert_exact(results, TINY_BURST, time.monotonic() - since)
    assert len(upstream.received) == results.count(200)


def test_a_partner_with_three_keys_has_one_limit(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    keys = [node.key("partner", partner="initech", consumer="initech").text for _ in range(3)]
    since = time.monotonic()
    results = statuses(node, "partner", keys)
    assert_exact(results, INITECH_BURST, time.monotonic() - since)


def test_a_refused_call_says_when_to_come_back(shared_gateway: Gateway, upstream: Upstream) -> None:
    node = shared_gateway.node
    key = node.key("public", plan="tiny", consumer="dev-2", application="hasty")
    with Connection(node, "public") as connection:
        ask = request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key.text))
        answers = [connection.exchange(ask) for _ in range(TINY_BURST + 5)]
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.code == "rate_limited"
    assert 0 < int(refused.header("retry-after") or 0) <= 60
    assert refused.header("ratelimit") and refused.header("ratelimit-policy")
    assert answers[0].header("ratelimit")


def test_a_new_revision_gives_nobody_a_new_allowance(node: Node, launch: Launch, upstream: Upstream) -> None:
    gateway = launch()
    key = node.key("public", plan="tiny")
    since = time.monotonic()
    with Connection(node, "public") as connection:
        ask = request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key.text))
        results = [connection.exchange(ask).status for _ in range(15)]
        gateway.serves_revision(node.publish())
        results += [connection.exchange(ask).status for _ in range(15)]
    assert TINY_BURST <= results.count(200) <= TINY_BURST + int((time.monotonic() - since) / 60)


def test_the_days_counter_survives_a_crash(node: Node, launch: Launch, upstream: Upstream) -> None:
    """Five a day: three before a kill -9, two after it. The crash may forget the last second, no more."""
    gateway = launch()
    proof = ("X-Api-Key", node.key("public", plan="daily").text)
    day = int(time.time()) // 86_400
    assert [call(node, "public", proof).status for _ in range(3)] == [200] * 3
    wait_for(lambda: list(checkpointed(node).values()) == [3], lambda: "no checkpoint of the three calls")
    gateway.kill()
    launch()
    results = [call(node, "public", proof) for _ in range(3)]
    if int(time.time()) // 86_400 == day:  # at midnight (UTC) everyone begins anew
        assert [result.status for result in results] == [200, 200, 429]
        assert results[-1].code == "quota_exceeded"
