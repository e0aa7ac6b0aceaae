"""The dashboard asks for metrics and labels a gateway really has, and for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.test_failures import upstream_is
from tests.support.metrics import Scrape, listens, scrape
from tests.support.ports import free_port
from tests.support.running import eventually

REPOSITORY = Path(__file__).resolve().parents[2]
DASHBOARD = REPOSITORY / "deploy/grafana/ringwork.json"
GUIDE = REPOSITORY / "docs/observability.md"

_METRIC = re.compile(r"\b(?:ringwork|process)_[a-z_]+")
_MATCHER = re.compile(r"([a-z_]+)=~?\"([^\"]*)\"")
# Prometheus adds these to whatever it reads.
_FROM_PROMETHEUS = {"instance", "job"}


def queries() -> Iterator[str]:
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for variable in dashboard["templating"]["list"]:
        yield variable["query"]


def test_dashboard_and_guide_ask_for_what_there_is_and_miss_nothing(
    node: Node, launch: Callable[..., Gateway]
) -> None:
    found = _scraped(node, launch)
    asked = {name for query in queries() for name in _METRIC.findall(query)}
    assert asked <= found.names()
    assert {_family(name) for name in asked} == {_family(name) for name in found.names()}
    told = {name for name in _METRIC.findall(GUIDE.read_text()) if not name.startswith("ringwork_control_")}
    assert {_family(name) for name in told} == {_family(name) for name in found.names()}


def test_every_label_and_value_a_query_matches_exists(node: Node, launch: Callable[..., Gateway]) -> None:
    found = _scraped(node, launch)
    for query in queries():
        for label, value in _MATCHER.findall(query):
            if label in _FROM_PROMETHEUS or value.startswith("$"):
                continue
            assert set(value.split("|")) <= found.values(label), query


def _scraped(node: Node, launch: Callable[..., Gateway]) -> Scrape:
    """Of a gateway that was called, with a service that lacks an endpoint, and limits to share with nobody there."""
    listen = f"127.0.0.1:{free_port()}"
    wanted = {"metrics": {"listen": listen, "max_series": 1_000}}
    check = {"interval_ms": 30, "timeout_ms": 500, "healthy_after": 1, "unhealthy_after": 1}
    down = {"host": "127.0.0.1", "port": free_port(), "weight": 1}
    shared = {"host": "127.0.0.1", "port": free_port(), "tls": False, "database": 0, "gateways": 3}
    node.publish(
        bundle=upstream_is(host="orders.test", endpoints=[down], health=check),
        change=lambda manifest: manifest.update(observability=wanted, shared_limits=shared),
    )
    launch()
    call(node, "public", credentials_for(node, "public"))
    eventually(lambda: listens(listen))
    url = f"http://{listen}/metrics"
    eventually(lambda: "ringwork_upstream_endpoints_left_out" in scrape(url).names())
    return scrape(url)


def _family(name: str) -> str:
    return re.sub(r"_(?:bucket|sum|count)$", "", name)
