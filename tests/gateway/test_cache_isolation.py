"""What is kept never reaches who may not have it, and never outlives what was decided since."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.gateway.caching import Reader, counting, keeping, reads
from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import credentials_for
from tests.gateway.upstream import Received, Reply, Upstream
from tests.gateway.wire import Connection, request
from tests.support.metrics import scrape
from tests.support.ports import free_port

Launch = Callable[..., Gateway]
Json = dict[str, Any]
MEMORY_BYTES = 8 * 1024 * 1024


def tells_caller(received: Received) -> Reply:
    """A service that answers each caller its own."""
    said = [received.header(f"x-ringwork-{name}") for name in ("consumer", "application", "ring")]
    return Reply(body=json.dumps(said).encode())


@pytest.fixture
def gateway(node: Node, launch: Launch, upstream: Upstream) -> Gateway:
    upstream.reply = counting()
    node.publish(bundle=keeping())
    return launch()


def reader(node: Node, gateway: Gateway, ring: str = "public", **given: Any) -> Reader:
    key = node.key(ring, **given)
    return Reader(node, gateway, ring, ("X-Api-Key", key.text))


def test_no_caller_is_given_what_another_was(node: Node, gateway: Gateway, upstream: Upstream) -> None:
    upstream.reply = tells_caller
    callers = {
        ("dev-1", "app-1", "public"): reader(node, gateway),
        ("dev-1", "app-2", "public"): reader(node, gateway, application="app-2"),
        ("dev-2", "app-1", "public"): reader(node, gateway, consumer="dev-2"),
        ("globex", "app-1", "partner"): reader(node, gateway, "partner"),
        ("initech", "app-1", "partner"): reader(
            node, gateway, "partner", consumer="initech", partner="initech"
        ),
    }
    for _ in range(3):
        for said, caller in callers.items():
            assert json.loads(caller.get().body) == list(said)
    assert reads(upstream) == len(callers)


def test_services_are_apart_too(node: Node, gateway: Gateway, upstream: Upstream) -> None:
    upstream.reply = tells_caller
    for service in ("billing", "crm", "billing"):
        credential = ("X-Internal-Service-Token", node.tokens.issue(service))
        said = json.loads(Reader(node, gateway, "internal", credential).get().body)
        assert said[0] == service
    assert reads(upstream) == 2


def test_what_is_declared_shared_is_shared_within_a_ring(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    upstream.reply = tells_caller
    node.publish(bundle=keeping(shared=True))
    gateway = launch()
    assert reader(node, gateway).get().body == reader(node, gateway, consumer="dev-2").get().body
    assert json.loads(reader(node, gateway, "partner").get().body)[2] == "partner"
    assert reads(upstream) == 2


def test_a_key_that_is_revoked_is_given_nothing(node: Node, gateway: Gateway) -> None:
    key = node.key("public")
    caller = Reader(node, gateway, "public", ("X-Api-Key", key.text))
    assert [caller.get().status, caller.get().status] == [200, 200]
    node.change_identity({"change": "delete_key", "id": key.id})
    assert caller.get().status == 401


def test_a_revision_that_takes_an_operation_away_takes_what_is_kept_of_it(
    node: Node, gateway: Gateway
) -> None:
    caller = reader(node, gateway)
    caller.get()

    def hidden(ring: str, bundle: Json) -> None:
        keeping()(ring, bundle)
        for path in bundle["paths"]:
            if path["template"] == "/orders":
                path |= {"hidden": True, "operations": {}}

    gateway.serves_revision(node.publish(bundle=hidden))
    assert caller.get().status == 404


def test_a_revision_that_changes_an_api_begins_it_anew(node: Node, gateway: Gateway) -> None:
    caller = reader(node, gateway)
    assert [caller.get().body, caller.get().body] == [b"1", b"1"]
    gateway.serves_revision(node.publish(bundle=keeping(ttl_ms=50_000)))
    assert caller.get().body == b"2"


def test_a_revision_that_changes_something_else_leaves_it(node: Node, gateway: Gateway) -> None:
    caller = reader(node, gateway)
    caller.get()
    gateway.serves_revision(node.publish(bundle=keeping()))
    assert caller.get().body == b"1"


def test_a_field_that_may_not_leave_any_more_does_not_leave_what_is_kept(
    node: Node, gateway: Gateway, upstream: Upstream
) -> None:
    upstream.reply = counting(("X-Passed", "yes"), ("X-Internal-Detail", "no"))
    caller = reader(node, gateway)
    for _ in range(2):
        response = caller.get()
        assert (response.header("x-passed"), response.header("x-internal-detail")) == ("yes", None)

    def narrowed(manifest: Json) -> None:
        manifest["rings"]["public"]["response_headers"]["names"].remove("x-passed")

    gateway.serves_revision(node.publish(bundle=keeping(), change=narrowed))
    response = caller.get()
    assert (response.body, response.header("x-passed")) == (b"1", None)


@pytest.mark.parametrize("status", [200, 204, 303, 500])
def test_after_a_write_nobody_is_given_what_was_before(
    node: Node, gateway: Gateway, upstream: Upstream, status: int
) -> None:
    writer, other = reader(node, gateway), reader(node, gateway, "partner")
    before = [writer.get().body, writer.get(target="/shop/v1/orders?page=2").body, other.get().body]
    read = upstream.reply
    upstream.reply = lambda received: read(received) if received.method == "GET" else Reply(status, b"")
    writer.get(method="POST", body=b"{}")
    after = [writer.get().body, writer.get(target="/shop/v1/orders?page=2").body, other.get().body]
    assert not set(before) & set(after)


def test_a_write_the_service_refused_changes_nothing(
    node: Node, gateway: Gateway, upstream: Upstream
) -> None:
    caller = reader(node, gateway)
    caller.get()
    read = upstream.reply
    upstream.reply = lambda received: read(received) if received.method == "GET" else Reply(409, b"")
    caller.get(method="POST", body=b"{}")
    assert caller.get().body == b"1"


def test_what_was_asked_for_before_a_write_is_not_kept_after_it(
    node: Node, gateway: Gateway, upstream: Upstream
) -> None:
    caller = reader(node, gateway)
    held = upstream.hold(Reply(body=b"before"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(caller.get)
        assert held.arrived.wait(10)
        upstream.reply = counting()
        caller.get(method="POST", body=b"{}")
        held.leave.set()
        assert slow.result().body == b"before"
    assert caller.get().body != b"before"


def test_ten_thousand_addresses_take_no_more_memory_than_was_given(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    port = free_port()

    def bounded(manifest: Json) -> None:
        manifest["cache"] = {"max_bytes": MEMORY_BYTES}
        manifest["observability"] = {"metrics": {"listen": f"127.0.0.1:{port}", "max_series": 1_000}}

    node.publish(bundle=keeping(), change=bounded)
    gateway = launch()
    upstream.reply = lambda received: Reply(body=b" " * 2_000)
    crowd(node, credentials_for(node, "public"), 10_000)
    told = scrape(f"http://127.0.0.1:{port}/metrics")
    kept_bytes, kept = told.sum("ringwork_cache_bytes"), told.sum("ringwork_cache_responses")
    assert told.sum("ringwork_cache_requests_total", ring="public", outcome="miss") == 10_000
    assert MEMORY_BYTES / 2 < kept_bytes <= MEMORY_BYTES
    assert 1_000 < kept < MEMORY_BYTES / 2_000
    assert gateway.running


def crowd(node: Node, credential: tuple[str, str], addresses: int) -> None:
    """Asks for so many different things on one connection."""
    with Connection(node, "public") as connection:
        for number in range(addresses):
            target = f"/shop/v1/orders?page={number}"
            response = connection.exchange(request("GET", target, HOSTS["public"], credential))
            assert response.status == 200
