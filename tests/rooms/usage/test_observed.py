"""What calls held and their contract did not show."""

from __future__ import annotations

from typing import Any

from ringwork.usage import observed as module
from ringwork.usage.observed import observed


def call(removed: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    return {
        "api": "orders",
        "version": "v1",
        "ring": "partner",
        "operation": "getOrder",
        "status": 200,
        "consumer": "globex",
        "time": "2026-11-21T10:00:00Z",
        "removed": removed,
    } | said


MARGIN = {"pointer": "/margin", "reason": "undeclared", "count": 1}


def test_places_are_summed_up_with_who_was_sent_them() -> None:
    many = {"pointer": "/lines/*/cost", "reason": "narrower", "count": 7}
    found = observed(
        [
            call([MARGIN, many]),
            call([MARGIN], consumer="initech", time="2026-11-21T11:00:00Z"),
            call([MARGIN], api="billing"),
            {"api": "orders", "status": 404},
        ],
        api="orders",
    )
    cost, margin = found.places
    assert (cost.pointer, cost.count, cost.calls, cost.reason) == ("/lines/*/cost", 7, 1, "narrower")
    assert (margin.count, margin.calls, margin.last_seen) == (2, 2, "2026-11-21T11:00:00Z")
    assert margin.as_dict()["consumers"] == ["globex", "initech"]


def test_a_version_and_a_ring_can_be_chosen() -> None:
    lines = [call([MARGIN]), call([MARGIN], version="v2"), call([MARGIN], ring="public")]
    assert len(observed(lines, api="orders").places) == 3
    [one] = observed(lines, api="orders", version="v1", ring="partner").places
    assert (one.version, one.ring) == ("v1", "partner")


def test_what_is_not_listed_is_counted_and_memory_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_PLACES", 3)
    lines = [
        call([MARGIN | {"pointer": f"/{number}"}], unlisted=2, consumer=f"c{number}") for number in range(10)
    ]
    found = observed(lines, api="orders")
    assert len(found.places) == 3
    assert found.unlisted == 2 * 10 + 7


def test_lines_of_another_form_are_left_out() -> None:
    odd = [
        call([]) | {"removed": removed} for removed in ("x", [1, {"pointer": 7, "reason": None, "count": -1}])
    ]
    assert [place.count for place in observed(odd, api="orders").places] == [0]


def test_requests_are_summed_up_by_part_whatever_was_answered() -> None:
    unfit = {"in": "query", "at": "page", "reason": "undeclared", "count": 1}
    field = {"in": "body", "at": "/lines/*/gift", "reason": "undeclared", "count": 2}
    lines = [
        call([], unfit=[unfit, field], unfit_unlisted=4),
        call([], unfit=[unfit], status=422, consumer="initech"),
        call([], unfit=[{"in": "elsewhere", "at": "x", "reason": "y", "count": 1}, 7]),
    ]
    found = observed(lines, api="orders")
    assert [(place.part, place.status, place.pointer, place.count) for place in found.places] == [
        ("body", None, "/lines/*/gift", 2),
        ("query", None, "page", 2),
    ]
    assert found.places[1].consumers == {"globex", "initech"}
    assert found.unlisted == 4
