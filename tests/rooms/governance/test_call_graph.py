"""The call graph of the internal ring: who may, who did, who never was seen, and who was kept out."""

from __future__ import annotations

import json
from pathlib import Path

from ringwork.governance.assess import assess
from ringwork.governance.call_graph import Edge, Observed, as_dot, as_mermaid, call_graph
from ringwork.intent.model import Intent
from ringwork.usage.callers import calls_inside
from tests.rooms.manifest.estates import API, DOCUMENT, write_estate

DESK = "description: Takes orders.\nservices: [telephone, crm]\n"
NARROWED = DOCUMENT.replace(
    "operationId: deleteOrders",
    "operationId: deleteOrders\n      x-callers: {services: [crm]}\n      x-groups: [desk]",
)


def intent(root: Path, callers: str = "{services: [storefront], groups: [desk]}") -> Intent:
    stated = f"callers: {callers}\n" if callers else ""
    files = {
        "apis/orders/api.yaml": API + stated,
        "apis/orders/openapi.yaml": NARROWED,
        "groups/desk.yaml": DESK,
    }
    found = assess(write_estate(root, files)).intent
    assert found is not None
    return found


def test_services_have_an_edge_to_what_they_may_call_and_people_by_group(tmp_path: Path) -> None:
    assert call_graph(intent(tmp_path)) == (
        Edge("people", "desk", "orders", 1, 3),
        Edge("service", "crm", "orders", 3, 3, ("desk",)),
        Edge("service", "storefront", "orders", 2, 3),
        Edge("service", "telephone", "orders", 2, 3, ("desk",)),
    )


def test_an_api_that_names_nobody_is_open_to_any_service(tmp_path: Path) -> None:
    assert call_graph(intent(tmp_path, "")) == (
        Edge("any", "any service", "orders", 2, 3),
        Edge("people", "desk", "orders", 1, 3),
        Edge("service", "crm", "orders", 3, 3),
    )


def test_what_was_observed_tells_the_unseen_and_the_refused(tmp_path: Path) -> None:
    lines = [
        {"ring": "internal", "consumer": "crm", "api": "orders"},
        {"ring": "internal", "consumer": "crm", "api": "orders", "code": "rate_limited"},
        {"ring": "internal", "consumer": "evil", "api": "orders", "code": "caller_not_named"},
        {"ring": "internal", "consumer": "login:x", "api": "orders"},
        {"ring": "internal", "consumer": "login:y", "api": "orders", "code": "group_missing"},
        {"ring": "public", "consumer": "telephone", "api": "orders"},
        {"ring": "internal", "consumer": "crm"},
    ]
    counted = calls_inside(lines)
    assert counted == {
        (False, "crm", "orders"): (2, 0),
        (False, "evil", "orders"): (0, 1),
        (True, "login:x", "orders"): (1, 0),
        (True, "login:y", "orders"): (0, 1),
    }
    seen = {
        ("service", "crm", "orders"): Observed(2),
        ("service", "evil", "orders"): Observed(0, 1),
        ("people", "people", "orders"): Observed(1, 1),
    }
    found = {(edge.caller, edge.operations, edge.observed) for edge in call_graph(intent(tmp_path), seen)}
    assert found == {
        ("desk", 1, None),
        ("people", 1, Observed(1, 1)),
        ("crm", 3, Observed(2)),
        ("evil", 0, Observed(0, 1)),
        ("storefront", 2, Observed()),
        ("telephone", 2, Observed()),
    }


def test_a_service_that_needs_no_word_is_there_once_it_was_seen(tmp_path: Path) -> None:
    seen = {("service", "billing", "orders"): Observed(5)}
    edges = call_graph(intent(tmp_path, ""), seen)
    assert Edge("service", "billing", "orders", 2, 3, (), Observed(5)) in edges


def test_drawings_take_no_name_for_syntax(tmp_path: Path) -> None:
    odd = Edge("service", 'a"]\n; b\\', "orders", 0, 3, (), Observed(0, 2))
    assert as_dot([odd]).splitlines()[3] == (
        '  "a\\"]?; b\\\\" -> "orders" [label="0 of 3, 0 calls, 2 refused", style="dashed", color="red"];'
    )
    assert as_mermaid([odd]).splitlines()[1] == (
        '  n0["a#34;#93;#10;#59; b#92;"] -.->|"0 of 3, 0 calls, 2 refused"| n1["orders (API)"]'
    )
    assert json.loads(json.dumps(odd.as_dict()))["refused"] == 2
