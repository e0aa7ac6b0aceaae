"""The sweep finds what a gateway lets through, and what it takes away: the check can fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ringwork.audience import Audience
from ringwork.sweep.results import Results
from tests.rooms.sweep.fake import Reply, subject, sweep

ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "margin": {"type": "number", "x-audience": "internal"},
        "status": {"type": "string", "enum": ["open", "fraud"], "x-enum-audience": {"fraud": "internal"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
    },
}
CONTRACT: dict[str, Any] = {
    "paths": {
        "/orders/{id}": {
            "get": {
                "x-audience": "public",
                "operationId": "getOrder",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "Fine",
                        "headers": {
                            "x-total": {"schema": {"type": "integer"}},
                            "x-cost": {"schema": {"type": "integer"}, "x-audience": "internal"},
                        },
                        "content": {"application/json": {"schema": ORDER}},
                    },
                    "409": {
                        "description": "No",
                        "content": {"application/json": {"schema": {"properties": {"why": {}}}}},
                    },
                },
            }
        },
        "/orders/export": {"get": {"operationId": "export", "responses": {"200": {"description": "All"}}}},
    }
}


def nothing(_reply: Reply) -> None:
    """A proxy."""


def everyone(_ring: Audience, _method: str, _path: str) -> bool:
    return True


def declared_only(ring: Audience, method: str, path: str) -> bool:
    return method == "GET" and (ring is Audience.INTERNAL or not path.endswith("/export"))


def closed(reply: Reply) -> None:
    """A gateway that does for CONTRACT what one should."""
    if reply.ring is Audience.INTERNAL:
        return
    kept = {200: ("id", "status", "lines"), 409: ("why",)}.get(reply.status)
    is_json = reply.headers.get("content-type") == "application/json"
    reply.headers = {
        name: reply.headers[name] for name in ("content-type", "x-total") if name in reply.headers
    }
    if kept is None or not is_json:
        reply.status, reply.body = 502, b"{}"
        reply.headers.pop("x-total", None)
        return
    shown = {name: value for name, value in reply.json.items() if name in kept}
    if shown.get("status") == "fraud":
        del shown["status"]
    if isinstance(shown.get("why"), dict):
        shown["why"] = {}
    shown["lines"] = [{"sku": line["sku"]} for line in shown.get("lines", [])]
    reply.json = shown


def found(results: Results, kind: Any) -> set[tuple[str, int, str]]:
    return {(one.ring, one.status, one.place) for one, _ in results.of(kind)}


def test_a_gateway_that_shows_what_the_document_shows_is_clean(tmp_path: Path) -> None:
    results = sweep(subject(tmp_path, CONTRACT), closed, declared_only)
    assert results.as_dict()["found"] == []
    assert results.probes > 100 and results.operations == 2


def test_a_proxy_that_filters_nothing_leaks_everything_hidden(tmp_path: Path) -> None:
    results = sweep(subject(tmp_path, CONTRACT), nothing, everyone)
    leaks = found(results, "leak")
    for ring in ("partner", "public"):
        assert {
            (ring, 0, "operation"),
            (ring, 200, "/margin"),
            (ring, 200, "/status"),
            (ring, 200, "/undeclared-*"),
            (ring, 200, "/lines/0/undeclared-*"),
            (ring, 200, "header x-cost"),
            (ring, 200, "header x-undeclared"),
            (ring, 200, "header x-powered-by"),
            (ring, 409, "/why/undeclared-*"),
            (ring, 418, "/id"),
        } <= leaks
    shown = {("partner", 200, place) for place in ("/id", "/lines/0/sku", "header x-total")}
    declared = {(one.ring, one.status, one.place) for one, _ in results.of("leak") if "nobody" not in one.why}
    assert not shown & declared
    assert ("internal", 0, "operation") in leaks  # a method nobody declared
    assert not results.over_blocks


def test_what_has_ended_on_a_ring_answers_there_no_more(tmp_path: Path) -> None:
    swept = subject(tmp_path, CONTRACT)
    swept.served = replace(swept.served, away={Audience.PARTNER: {"getOrder"}})

    def ended(ring: Audience, method: str, path: str) -> bool:
        has_ended = ring is Audience.PARTNER and not path.endswith("/export")
        return declared_only(ring, method, path) and not has_ended

    assert sweep(swept, closed, ended).as_dict()["found"] == []
    left = sweep(swept, closed, declared_only)
    whys = {(one.ring, one.why) for one, _ in left.of("leak")}
    assert whys == {("partner", "it has ended there")}


def test_a_leak_says_what_decides_it_and_where(tmp_path: Path) -> None:
    results = sweep(subject(tmp_path, CONTRACT), nothing, declared_only)
    whys = {(one.place, one.why) for one, _ in results.of("leak") if one.status == 200}
    schema = "contract.json#/paths/~1orders~1{id}/get/responses/200/content/application~1json/schema"
    assert ("/margin", f"{schema} does not show it") in whys
    assert ("/status", f"{schema}/properties/status does not show this value") in whys


def test_an_answer_without_its_members_is_over_blocked(tmp_path: Path) -> None:
    def emptied(reply: Reply) -> None:
        closed(reply)
        reply.body = b"{}"

    results = sweep(subject(tmp_path, CONTRACT), emptied, declared_only)
    assert not results.leaks
    assert {("public", 200, "/id"), ("partner", 200, "/lines/0/sku"), ("internal", 200, "/margin")} <= found(
        results, "over-block"
    )


def test_a_hidden_value_is_found_wherever_it_went(tmp_path: Path) -> None:
    def moved(reply: Reply) -> None:
        before = reply.json if reply.headers.get("content-type") == "application/json" else {}
        closed(reply)
        if reply.ring.is_outer and reply.status == 200:
            reply.headers["x-request-cost"] = str(before["lines"])
            reply.json = reply.json | {"note": [before["margin"]]}

    results = sweep(subject(tmp_path, CONTRACT), moved, declared_only)
    assert ("public", 200, "/margin, elsewhere") in found(results, "leak")
    assert ("public", 200, "/lines/0/undeclared-*, elsewhere") in found(results, "leak")


def test_a_visible_operation_that_is_refused_is_over_blocked_once(tmp_path: Path) -> None:
    results = sweep(subject(tmp_path, CONTRACT), closed, lambda ring, *_: ring is Audience.INTERNAL)
    refused = [one for one, _ in results.of("over-block") if one.place == "operation"]
    assert {one.ring for one in refused} == {"partner", "public"}
    assert all("404" in one.why and "Not found" in one.why for one in refused)


UNION = {
    "paths": {
        "/pets": {
            "get": {
                "x-audience": "public",
                "responses": {"200": {"description": "One", "content": {"application/json": {"schema": {}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Cat": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string"},
                    "lives": {"type": "integer"},
                    "chip": {"type": "string"},
                },
            },
            "Dog": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string"},
                    "tricks": {"type": "integer"},
                    "chip": {"type": "string", "x-audience": "internal"},
                },
            },
        }
    },
}
BRANCHES = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


def union(schema: dict[str, Any]) -> dict[str, Any]:
    contract = {**UNION, "paths": {"/pets": {"get": {**UNION["paths"]["/pets"]["get"]}}}}
    content = {"application/json": {"schema": schema}}
    contract["paths"]["/pets"]["get"]["responses"] = {"200": {"description": "One", "content": content}}
    return contract


@pytest.mark.parametrize("decided", [True, False])
def test_a_branch_that_hides_counts_where_it_is_the_branch_or_nothing_decides(
    tmp_path: Path, decided: bool
) -> None:
    schema = {"oneOf": BRANCHES, **({"discriminator": {"propertyName": "kind"}} if decided else {})}

    def undeclared_gone(reply: Reply) -> None:
        reply.headers = (
            {"content-type": reply.headers["content-type"]} if "content-type" in reply.headers else {}
        )

    results = sweep(
        subject(tmp_path, union(schema)), undeclared_gone, lambda ring, method, _: method == "GET"
    )
    leaks = [
        one
        for one, _ in results.of("leak")
        if one.place == "/chip" and one.status == 200 and one.ring == "public"
    ]
    # Of a dog, always; of a cat the chip may leave where the discriminator says that it is a cat.
    assert any("contract.json#/components/schemas/Dog does not show it" in one.why for one in leaks)
    assert (results.undecided > 0) is not decided


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ({"type": "object", "additionalProperties": {"type": "string"}}, None),
        ({"type": "object"}, "/undeclared-*"),
        ({"type": "string", "writeOnly": True}, ""),
        ({"type": "string", "x-sensitive": {"class": "payment", "mask": {"public": "last4"}}}, ""),
    ],
)
def test_what_a_schema_says_by_itself_is_known(
    tmp_path: Path, label: dict[str, Any], place: str | None
) -> None:
    results = sweep(subject(tmp_path, union(label)), nothing, everyone)
    leaks = {
        one.place
        for one, _ in results.of("leak")
        if one.status == 200 and one.ring == "public" and "nobody" not in one.why
    }
    leaks -= {"operation"} | {one for one in leaks if one.startswith("header")}
    assert leaks == (set() if place is None else {place})
