"""What the compiler guarantees about the bytes it emits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ringwork.audience import OUTER, RINGS, Audience
from ringwork.bundle.compile import Compiled, Memo, compile_intent
from ringwork.bundle.compile.bundles import CompiledApi, compile_api
from ringwork.intent.model import ApiIntent, DocumentationIntent, Intent, ObserveIntent
from tests.support.intents import HERE, MATERIAL, api, estate, operation, orders, version

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def compiled(intent: Intent, revision: int = 1, memo: Memo | None = None) -> Compiled:
    return compile_intent(intent, revision=revision, created_at=NOW, material=MATERIAL, memo=memo)


def ring_of(result: Compiled, ring: Audience) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(result.manifest)
    return dict(manifest["rings"][ring.label])


def bundles_of(result: Compiled, ring: Audience) -> list[dict[str, Any]]:
    routed = [route["api"] for route in ring_of(result, ring)["routes"] if route["api"]]
    return [json.loads(result.objects[name]) for found in routed for name in found["versions"].values()]


def bytes_for(result: Compiled, ring: Audience) -> str:
    """Everything a gateway of this ring is given."""
    agreements = result.objects[ring_of(result, ring)["agreements"]].decode()
    return json.dumps([ring_of(result, ring), bundles_of(result, ring)]) + agreements


def test_equal_intent_gives_equal_bytes() -> None:
    assert compiled(estate()) == compiled(estate())


def test_the_order_apis_are_given_in_changes_nothing() -> None:
    first, second = orders(), api("stock", "/stock", version("v1", [operation("GET", "/items")]))
    assert compiled(estate(first, second)) == compiled(estate(second, first))


@pytest.mark.parametrize("ring", OUTER)
def test_an_outer_ring_is_told_nothing_of_a_hidden_operation_but_its_path(ring: Audience) -> None:
    hidden = operation(
        "PATCH", "/orders/{id}/margin", id="setMargin", feature="margins", response_headers=("x-margin",)
    )
    result = compiled(
        estate(api("orders", "/orders", version("v1", [*orders().versions[0].operations, hidden])))
    )
    (bundle,) = bundles_of(result, ring)
    items = {item["template"]: item for item in bundle["paths"]}
    assert items["/orders/{id}/margin"] == {
        "template": "/orders/{id}/margin",
        "hidden": True,
        "operations": {},
    }
    for secret in ("setMargin", "margins", "x-margin", "PATCH"):
        assert secret not in bytes_for(result, ring)


def test_a_path_with_visible_and_hidden_operations_says_both() -> None:
    (bundle,) = bundles_of(compiled(estate()), Audience.PUBLIC)
    item = next(item for item in bundle["paths"] if item["template"] == "/orders/{id}")
    assert item["hidden"] and list(item["operations"]) == ["GET"]


def test_a_hidden_head_says_so_because_head_is_get_where_it_is_no_operation() -> None:
    operations = (operation("GET", "/a", Audience.PUBLIC), operation("HEAD", "/a"))
    result = compiled(estate(api("a", "/a", version("v1", operations))))
    said = {
        ring: [
            item.get("head_hidden", False) for bundle in bundles_of(result, ring) for item in bundle["paths"]
        ]
        for ring in RINGS
    }
    assert said == {Audience.INTERNAL: [False], Audience.PARTNER: [True], Audience.PUBLIC: [True]}


def test_the_internal_ring_sees_every_operation_and_hides_nothing() -> None:
    (bundle,) = bundles_of(compiled(estate()), Audience.INTERNAL)
    assert sum(len(item["operations"]) for item in bundle["paths"]) == 4
    assert not any(item["hidden"] for item in bundle["paths"])


def test_what_public_sees_partner_sees_and_what_partner_sees_internal_sees() -> None:
    result = compiled(estate())
    seen = [
        {
            op["id"]
            for bundle in bundles_of(result, ring)
            for item in bundle["paths"]
            for op in item["operations"].values()
        }
        for ring in RINGS
    ]
    assert seen[2] < seen[1] < seen[0]


def secret_api(prefix: str, **changes: Any) -> ApiIntent:
    return api("payroll", prefix, version("v1", [operation("GET", "/salaries")]), **changes)


@pytest.mark.parametrize("ring", OUTER)
def test_an_api_without_visible_operations_leaves_no_trace_on_an_outer_ring(ring: Audience) -> None:
    result = compiled(estate(orders(), secret_api("/payroll")))
    assert "payroll" not in bytes_for(result, ring)
    assert "salaries" not in bytes_for(result, ring)


@pytest.mark.parametrize("ring", OUTER)
def test_a_hidden_api_inside_a_visible_prefix_becomes_a_tombstone(ring: Audience) -> None:
    result = compiled(estate(orders(), secret_api("/orders/payroll")))
    tombstone: dict[str, Any] = {"hosts": [], "prefix": "/orders/payroll", "api": None}
    assert tombstone in ring_of(result, ring)["routes"]
    assert "salaries" not in bytes_for(result, ring)


def test_a_prefix_that_only_begins_alike_is_not_nested() -> None:
    result = compiled(estate(orders(), secret_api("/orders-payroll")))
    assert "payroll" not in bytes_for(result, Audience.PUBLIC)


@pytest.mark.parametrize(
    ("hidden_hosts", "visible_hosts", "prefix", "expected"),
    [
        (("a.test",), ("b.test",), "/orders/x", False),
        (("a.test",), ("a.test", "b.test"), "/orders/x", True),
        (("a.test",), (), "/orders", True),
        (("a.test",), (), "", True),
        ((), ("a.test",), "", False),
    ],
)
def test_a_tombstone_stands_exactly_where_the_hidden_route_would_have_come_first(
    hidden_hosts: tuple[str, ...], visible_hosts: tuple[str, ...], prefix: str, expected: bool
) -> None:
    hidden = secret_api(prefix, hosts=dict.fromkeys(RINGS, hidden_hosts))
    visible = replace(orders(), hosts=dict.fromkeys(RINGS, visible_hosts))
    routes = ring_of(compiled(estate(visible, hidden)), Audience.PUBLIC)["routes"]
    assert any(route["api"] is None for route in routes) is expected


def test_the_internal_ring_has_no_tombstones() -> None:
    routes = ring_of(compiled(estate(orders(), secret_api("/orders/payroll"))), Audience.INTERNAL)["routes"]
    assert all(route["api"] for route in routes)


def test_a_default_version_hidden_from_a_ring_is_not_named_there() -> None:
    two = api(
        "orders",
        "/orders",
        version("v1", [operation("GET", "/a", Audience.PUBLIC)]),
        version("v2", [operation("GET", "/a", Audience.PARTNER)]),
        versioning="header",
        default_version="v2",
    )
    result = compiled(estate(two))
    (public,) = ring_of(result, Audience.PUBLIC)["routes"]
    (partner,) = ring_of(result, Audience.PARTNER)["routes"]
    assert public["api"]["default_version"] is None and list(public["api"]["versions"]) == ["v1"]
    assert partner["api"]["default_version"] == "v2"


def test_features_are_named_to_partners_only() -> None:
    gated = api("orders", "/o", version("v1", [operation("GET", "/a", Audience.PUBLIC, feature="bulk")]))
    result = compiled(estate(replace(gated, feature="shop")))
    assert '"bulk"' in bytes_for(result, Audience.PARTNER) and '"shop"' in bytes_for(result, Audience.PARTNER)
    assert "bulk" not in bytes_for(result, Audience.PUBLIC) and '"shop"' not in bytes_for(
        result, Audience.PUBLIC
    )


def test_only_the_partner_ring_knows_partners_and_only_the_public_ring_knows_plans() -> None:
    result = compiled(estate())
    assert [("globex" in bytes_for(result, ring)) for ring in RINGS] == [False, True, False]
    assert [('"free"' in bytes_for(result, ring)) for ring in RINGS] == [False, False, True]


def test_an_agreement_about_something_hidden_does_not_tell_the_ring_of_it() -> None:
    agreed = {"orders": ("v1", "v9"), "payroll": ("v1",)}
    (globex,) = estate().partners
    result = compiled(estate(orders(), secret_api("/payroll"), partners=(replace(globex, versions=agreed),)))
    sent = json.loads(result.objects[ring_of(result, Audience.PARTNER)["agreements"]])
    assert sent["partners"]["globex"]["versions"] == {"orders": ["v1"]}


def test_sources_never_reach_a_gateway() -> None:
    result = compiled(estate())
    assert b"plans/free.yaml" in result.sources
    assert all(".yaml" not in bytes_for(result, ring) for ring in RINGS)


def test_content_is_the_same_for_another_revision_and_differs_with_the_estate() -> None:
    assert compiled(estate(), revision=1).content == compiled(estate(), revision=2).content
    assert compiled(estate()).content != compiled(estate(environment="prod")).content


def test_an_unchanged_api_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    memo, stock = Memo(), api("stock", "/stock", version("v1", [operation("GET", "/items")]))
    first = compiled(estate(orders(), stock), memo=memo)
    compiled_names: list[str] = []

    def remembered(one: ApiIntent) -> tuple[CompiledApi, dict[str, bytes]]:
        compiled_names.append(one.name)
        return compile_api(one)

    monkeypatch.setattr("ringwork.bundle.compile.memo.compile_api", remembered)
    changed = replace(stock, prefix="/inventory")
    second = compiled(estate(orders(), changed), memo=memo)
    assert compiled_names == ["stock"]
    assert second == compiled(estate(orders(), changed))
    assert set(first.objects) & set(second.objects)


def test_an_estate_without_a_ring_ships_nothing_for_it() -> None:
    intent = estate()
    result = compiled(replace(intent, rings=intent.rings[:1]))
    assert [json.loads(data).get("ring", "internal") for data in result.objects.values()] == ["internal"] * 3


def test_outer_rings_enforce_what_their_bundle_names_and_the_internal_one_reports() -> None:
    observed = ObserveIntent(1_798_761_600, "not complete yet", HERE)
    for observe, modes in ((None, ["enforce", "enforce"]), (observed, ["observe", "observe"])):
        one = replace(version("v1", [operation("GET", "/items", Audience.PUBLIC)]), observe=observe)
        made, objects = compile_api(api("stock", "/stock", one))
        bundles = [json.loads(objects[made.versions[ring]["v1"]]) for ring in RINGS]
        assert [bundle["projection"]["mode"] for bundle in bundles] == ["report", *modes]
        assert all(bundle["projection"]["object"] in objects for bundle in bundles)
        assert bundles[2]["projection"].get("until") == (observe.until if observe else None)


def test_a_contract_that_was_not_compiled_for_a_ring_shows_nothing_there() -> None:
    one = replace(version("v1", [operation("GET", "/items", Audience.PUBLIC)]), projections={})
    made, objects = compile_api(api("stock", "/stock", one))
    bundle = json.loads(objects[made.versions[Audience.PUBLIC]["v1"]])
    assert json.loads(objects[bundle["projection"]["object"]])["operations"] == {}


def test_gateways_are_told_where_errors_are_explained_and_not_where_that_is_served() -> None:
    told = DocumentationIntent("127.0.0.1:8453", "https://developer.acme.example")
    rings = [replace(ring, documentation=told) for ring in estate().rings]
    manifest = ring_of(compiled(estate(rings=tuple(rings))), Audience.PUBLIC)
    assert manifest["documentation"] == "https://developer.acme.example"
    assert "8453" not in json.dumps(manifest)
    silent = replace(rings[2], documentation=DocumentationIntent("127.0.0.1:8453"))
    assert "documentation" not in ring_of(compiled(estate(rings=(silent,))), Audience.PUBLIC)
