"""Metrics: what was called is counted, on no ring, in a bounded number of series, and only where they are on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.gateway.node import HOSTS, RINGS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request
from tests.support.metrics import Scrape, listens, scrape
from tests.support.ports import free_port
from tests.support.running import eventually

Launch = Callable[..., Gateway]
Change = Callable[[dict[str, Any]], None]
MAX_SERIES = 1_000
# More than there is room for.
MANY_APIS = 80


class Observed:
    """A node whose gateway tells metrics."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.port = free_port()

    def on(self, manifest: dict[str, Any]) -> None:
        listen = f"127.0.0.1:{self.port}"
        manifest["observability"] = {"metrics": {"listen": listen, "max_series": MAX_SERIES}}

    def scrape(self) -> Scrape:
        return scrape(f"http://127.0.0.1:{self.port}/metrics")

    def answers(self) -> bool:
        return listens(f"127.0.0.1:{self.port}")

    def published(self, *changes: Change) -> None:
        def change(manifest: dict[str, Any]) -> None:
            for one in changes:
                one(manifest)

        revision = self.node.publish(change=change)
        if (self.node.root / "status.json").exists():
            eventually(lambda: self.node.status()["revision"] == revision)


@pytest.fixture
def observed(node: Node) -> Observed:
    return Observed(node)


def test_calls_are_counted_by_ring_api_version_class_and_code(observed: Observed, launch: Launch) -> None:
    node = observed.node
    observed.published(observed.on)
    launch()
    eventually(observed.answers)
    fields = credentials_for(node, "partner")
    for target in ("/shop/v1/orders", "/shop/v1/orders", "/shop/v1/nothing", "/shop/v1/orders/export"):
        call(node, "partner", fields, target=target)
    call(node, "partner")
    eventually(lambda: len(node.log_lines()) == 5)
    found = observed.scrape()
    assert (
        found.sum("ringwork_requests_total", ring="partner", api="orders", version="v1", **{"class": "2xx"})
        == 2
    )
    assert found.sum("ringwork_requests_total", ring="partner", api="_none", **{"class": "4xx"}) == 3
    assert found.sum("ringwork_requests_total") == 5
    assert found.sum("ringwork_errors_total", ring="partner", code="not_found") == 2
    assert found.sum("ringwork_errors_total", ring="partner", code="credentials_missing") == 1
    assert found.sum("ringwork_request_duration_seconds_count") == 5
    assert found.sum("ringwork_request_duration_seconds_bucket", le="+Inf") == 5
    assert found.sum("ringwork_upstream_duration_seconds_count", ring="partner") == 2
    assert found.sum("ringwork_request_duration_seconds_sum", api="orders") > 0
    assert found.sum("ringwork_revision") == node.revision
    assert found.sum("process_resident_memory_bytes") > 1_000_000
    assert found.sum("process_cpu_seconds_total") > 0


def test_limits_hit_are_counted(observed: Observed, launch: Launch) -> None:
    observed.published(observed.on)
    launch()
    key = observed.node.key("public", plan="daily")
    statuses = [call(observed.node, "public", ("X-Api-Key", key.text)).status for _ in range(7)]
    assert statuses.count(429) == 2
    eventually(
        lambda: observed.scrape().sum("ringwork_errors_total", ring="public", code="quota_exceeded") == 2
    )


def test_neither_apis_nor_operations_nor_callers_make_series_without_end(
    observed: Observed, launch: Launch
) -> None:
    node = observed.node

    def many(manifest: dict[str, Any]) -> None:
        routes = [node.route("public", f"api-{number}") for number in range(MANY_APIS)]
        manifest["rings"]["public"]["routes"] += routes

    observed.published(observed.on, many)
    launch()
    keys = [node.key("public") for _ in range(MANY_APIS)]
    with Connection(node, "public") as connection:
        for number, key in enumerate(keys):
            for path in (f"api-{number}/v1/orders", f"api-{number}/v1/{number}/elsewhere"):
                ask = request("GET", f"/{path}", HOSTS["public"], ("X-Api-Key", key.text))
                connection.exchange(ask)
    eventually(lambda: observed.scrape().sum("ringwork_requests_total") == 2 * MANY_APIS)
    found = observed.scrape()
    assert len(found) <= MAX_SERIES
    own = found.values("api") - {"_none", "_other"}
    assert 20 < len(own) < MANY_APIS
    assert found.sum("ringwork_requests_total", api="_other") == MANY_APIS - len(own)
    assert found.sum("ringwork_requests_total", api="_none") == MANY_APIS


def test_counts_go_on_over_revisions_and_gone_apis_give_their_series_back(
    observed: Observed, launch: Launch
) -> None:
    node = observed.node
    fields = credentials_for(node, "public")

    def other(manifest: dict[str, Any]) -> None:
        manifest["rings"]["public"]["routes"].append(node.route("public", "other"))

    observed.published(observed.on, other)
    launch()
    for target in ("/other/v1/orders", "/shop/v1/orders"):
        call(node, "public", fields, target=target)
    eventually(lambda: observed.scrape().sum("ringwork_requests_total") == 2)
    observed.published(observed.on)
    call(node, "public", fields)
    eventually(lambda: observed.scrape().sum("ringwork_requests_total", api="orders") == 2)
    assert "other" not in observed.scrape().values("api")


def test_metrics_are_off_until_the_manifest_says_where_and_again_when_it_does_not(
    observed: Observed, launch: Launch
) -> None:
    launch()
    assert not observed.answers()
    observed.published(observed.on)
    eventually(observed.answers)
    observed.published()
    eventually(lambda: not observed.answers())
    assert call(observed.node, "public", credentials_for(observed.node, "public")).status == 200


def test_no_ring_tells_metrics_and_the_listener_tells_nothing_else(
    observed: Observed, launch: Launch, upstream: Upstream
) -> None:
    observed.published(observed.on)
    launch()
    for ring in RINGS:
        fields = credentials_for(observed.node, ring)
        assert call(observed.node, ring, fields, target="/metrics").status == 404
    eventually(observed.answers)
    base = f"http://127.0.0.1:{observed.port}"
    assert httpx.get(f"{base}/shop/v1/orders", trust_env=False).status_code == 404
    assert httpx.post(f"{base}/metrics", trust_env=False).status_code == 404
    assert not upstream.received


def test_a_silent_caller_does_not_keep_metrics_from_the_next(observed: Observed, launch: Launch) -> None:
    observed.published(observed.on)
    launch()
    eventually(observed.answers)
    with socket.create_connection(("127.0.0.1", observed.port)):
        assert observed.scrape().sum("ringwork_revision") == observed.node.revision


def test_refused_revisions_and_calls_under_way_are_seen(observed: Observed, launch: Launch) -> None:
    node = observed.node
    observed.published(observed.on)
    launch()
    refused = node.publish(change=lambda manifest: manifest.update(format=99))
    eventually(lambda: observed.scrape().sum("ringwork_revision_refusals_total") == 1)
    found = observed.scrape()
    assert found.sum("ringwork_revision_refused") == refused
    assert found.sum("ringwork_revision") == refused - 1
    assert found.sum("ringwork_requests_in_flight") == 0
    with Connection(node, "public"):
        eventually(lambda: observed.scrape().sum("ringwork_connections") == 1)
