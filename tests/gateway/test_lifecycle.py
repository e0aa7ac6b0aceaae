"""Versions by the gateway's clock: announced, away for a while, gone; never an oracle, and never a new revision."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import call, credentials_for
from tests.gateway.upstream import Reply, Upstream
from tests.gateway.wire import Connection, Response, request

Launch = Callable[..., Gateway]
Json = dict[str, Any]
RINGS = ("internal", "partner", "public")
GUIDE = "https://docs.acme.test/v1-to-v2"
PAST, SOON, FAR = 1_768_435_200, 4_000_000_000, 4_102_444_800


def ending(**lifecycle: Any) -> Callable[[str, Json], None]:
    def edit(ring: str, content: Json) -> None:
        content["lifecycle"] = {"deprecated_at": PAST, "guide": GUIDE} | lifecycle

    return edit


def asked(node: Node, ring: str, *fields: tuple[str, str], **given: Any) -> Response:
    return call(node, ring, credentials_for(node, ring), *fields, **given)


def links(response: Response) -> list[str]:
    return [value for name, value in response.headers if name == "link"]


def second_version(node: Node) -> Callable[[Json], None]:
    """`v2` beside `v1`, with the same operations."""

    def change(manifest: Json) -> None:
        for ring, content in manifest["rings"].items():
            route = next(one for one in content["routes"] if one["prefix"] == "/shop")
            copy = json.loads(
                (node.root / f"published/objects/{route['api']['versions']['v1']}.json").read_text()
            )
            copy.pop("lifecycle", None)
            route["api"]["versions"]["v2"] = node.put(copy | {"version": "v2", "ring": ring})

    return change


@pytest.mark.parametrize("ring", RINGS)
def test_what_is_deprecated_says_so_and_names_its_successor(node: Node, launch: Launch, ring: str) -> None:
    node.publish(bundle=ending(sunset_at=FAR, successor="v2"), change=second_version(node))
    launch()
    answer = asked(node, ring)
    assert answer.status == 200
    assert answer.header("deprecation") == f"@{PAST}"
    assert answer.header("sunset") == "Fri, 01 Jan 2100 00:00:00 GMT"
    assert links(answer) == [
        f'<{GUIDE}>; rel="deprecation"',
        '</shop/v2/orders>; rel="successor-version"',
    ]
    assert asked(node, ring, target="/shop/v2/orders").header("deprecation") is None


def test_no_successor_is_named_that_the_partner_may_not_use(node: Node, launch: Launch) -> None:
    def change(manifest: Json) -> None:
        second_version(node)(manifest)
        partner = manifest["rings"]["partner"]
        agreed = json.loads((node.root / f"published/objects/{partner['agreements']}.json").read_text())
        agreed["partners"]["globex"]["versions"] = {"orders": ["v1"]}
        partner["agreements"] = node.put(agreed)

    node.publish(bundle=ending(sunset_at=FAR, successor="v2"), change=change)
    launch()
    assert links(asked(node, "partner")) == [f'<{GUIDE}>; rel="deprecation"']
    assert asked(node, "partner", target="/shop/v2/orders").status == 404


def test_the_services_own_word_on_its_end_does_not_count(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    node.publish(bundle=ending(sunset_at=FAR))
    launch()
    fields = [("Content-Type", "application/json"), ("Deprecation", "@1"), ("Sunset", "never")]
    upstream.reply = lambda received: Reply(200, b"[]", fields)
    answer = asked(node, "public")
    assert [value for name, value in answer.headers if name in ("deprecation", "sunset")] == [
        f"@{PAST}",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    ]


@pytest.mark.parametrize("ring", RINGS)
def test_what_has_ended_is_gone_with_the_way_on(
    node: Node, launch: Launch, upstream: Upstream, ring: str
) -> None:
    node.publish(bundle=ending(sunset_at=PAST + 1, successor="v2"), change=second_version(node))
    launch()
    answer = asked(node, ring)
    told = json.loads(answer.body)
    assert (answer.status, told["code"], told["migration_guide"]) == (410, "version_gone", GUIDE)
    assert answer.header("content-type") == "application/problem+json"
    assert answer.header("sunset") == "Thu, 15 Jan 2026 00:00:01 GMT"
    assert links(answer)[-1] == '</shop/v2/orders>; rel="successor-version"'
    assert upstream.received == []


@pytest.mark.parametrize("ring", ["partner", "public"])
def test_what_was_never_there_stays_missing_after_the_end(node: Node, launch: Launch, ring: str) -> None:
    """Hidden and undeclared operations, unknown versions and callers nobody knows learn nothing of a sunset."""
    node.publish(bundle=ending(sunset_at=PAST + 1))
    launch()
    missing = [
        asked(node, ring, target=target)
        for target in ("/shop/v1/nothing", "/shop/v9/orders", "/ledger/v1/orders", "/nowhere")
    ]
    assert {answer.status for answer in missing} == {404}
    assert all(
        answer.header(name) is None for answer in missing for name in ("sunset", "deprecation", "link")
    )
    with Connection(node, ring) as connection:
        stranger = connection.exchange(request("GET", "/shop/v1/orders", HOSTS[ring]))
    assert (stranger.status, stranger.header("sunset")) == (401, None)


def test_it_ends_by_the_clock_and_needs_no_new_revision(node: Node, launch: Launch) -> None:
    ends = int(time.time()) + 3
    node.publish(bundle=ending(sunset_at=ends))
    launch()
    assert asked(node, "public").status == 200
    while time.time() < ends:
        time.sleep(0.05)
    assert asked(node, "public").status == 410


def test_a_brownout_is_announced_in_its_answer_and_is_over_by_itself(node: Node, launch: Launch) -> None:
    until = int(time.time()) + 4
    node.publish(bundle=ending(sunset_at=FAR, brownouts=[{"from": PAST, "until": until}]))
    launch()
    answer = asked(node, "public")
    told = json.loads(answer.body)
    assert (answer.status, told["code"], told["migration_guide"]) == (503, "version_brownout", GUIDE)
    assert 1 <= int(answer.header("retry-after") or 0) <= 4
    assert answer.header("sunset") == "Fri, 01 Jan 2100 00:00:00 GMT"
    while time.time() < until:
        time.sleep(0.05)
    assert asked(node, "public").status == 200


@pytest.mark.parametrize(("agreed", "status"), [(FAR, 200), (PAST, 410)])
def test_a_partners_own_date_counts_instead_of_the_rings(
    node: Node, launch: Launch, agreed: int, status: int
) -> None:
    def change(manifest: Json) -> None:
        partner = manifest["rings"]["partner"]
        terms = json.loads((node.root / f"published/objects/{partner['agreements']}.json").read_text())
        terms["partners"]["globex"]["sunsets"] = {"orders": {"v1": agreed}}
        partner["agreements"] = node.put(terms)

    node.publish(bundle=ending(sunset_at=PAST + 1 if agreed == FAR else FAR), change=change)
    launch()
    assert asked(node, "partner").status == status


def test_pages_of_other_origins_may_read_what_is_said(node: Node, launch: Launch) -> None:
    def edit(ring: str, content: Json) -> None:
        ending(sunset_at=PAST + 1)(ring, content)
        if ring == "public":
            content["cors"] = {"origins": ["https://app.example"], "headers": [], "max_age_seconds": 1}

    node.publish(bundle=edit)
    launch()
    answer = asked(node, "public", ("Origin", "https://app.example"))
    exposed = (answer.header("access-control-expose-headers") or "").split(", ")
    assert answer.status == 410
    assert {"deprecation", "sunset", "link"} <= set(exposed)


def test_the_log_names_the_state(node: Node, launch: Launch) -> None:
    node.publish(bundle=ending(sunset_at=FAR))
    gateway = launch()
    asked(node, "public")
    node.publish(bundle=ending(sunset_at=PAST + 1))
    gateway.serves_revision(node.revision)
    asked(node, "public")
    gateway.eventually(lambda: len(node.log_lines()) == 2)
    states = [(line["status"], line.get("version_state")) for line in node.log_lines()]
    assert states == [(200, "deprecated"), (410, "sunset")]


def test_a_lifecycle_that_no_header_field_can_say_is_refused(node: Node, launch: Launch) -> None:
    node.publish()
    gateway = launch()
    revision = node.publish(bundle=ending(guide='https://docs.test/>; rel="x"'))
    assert gateway.refuses_revision(revision) == "lifecycle_invalid"


def test_an_operation_ends_apart_from_its_version(node: Node, launch: Launch) -> None:
    def edit(ring: str, content: Json) -> None:
        ended = {"deprecated_at": PAST, "sunset_at": PAST + 1, "guide": GUIDE}
        content["paths"][0]["operations"]["GET"]["lifecycle"] = ended

    node.publish(bundle=edit)
    launch()
    answer = asked(node, "public")
    assert (answer.status, json.loads(answer.body)["migration_guide"]) == (410, GUIDE)
    assert asked(node, "public", method="POST", body=b"{}").status == 200
    assert asked(node, "public", target="/shop/v1/orders/7").header("deprecation") is None


def succeeded(successor: str, **next_: Any) -> Callable[[str, Json], None]:
    """`GET /orders/{id}` ends; `GET /purchases/{id}` is there."""

    def edit(ring: str, content: Json) -> None:
        read = content["paths"][1]["operations"]["GET"]
        purchase = {key: value for key, value in read.items() if key != "id"} | {"id": "getPurchase"}
        content["paths"] += [
            {"template": template, "operations": {"GET": purchase | next_ | {"id": f"getPurchase{number}"}}}
            for number, template in enumerate(("/purchases/{id}", "/purchases/{id}/of/{shop}"))
        ]
        read["lifecycle"] = {"deprecated_at": PAST, "successor": successor}

    return edit


@pytest.mark.parametrize("ring", RINGS)
def test_an_operation_names_the_one_to_move_to_with_the_requests_own_parameters(
    node: Node, launch: Launch, ring: str
) -> None:
    node.publish(bundle=succeeded("/purchases/{id}"))
    launch()
    answer = asked(node, ring, target="/shop/v1/orders/7%20x")
    assert (answer.status, answer.header("deprecation")) == (200, f"@{PAST}")
    assert links(answer)[-1:] == ['</shop/v1/purchases/7%20x>; rel="successor-version"']
    assert asked(node, ring, target="/shop/v1/purchases/7").header("link") is None


@pytest.mark.parametrize(
    ("successor", "next_"),
    [
        ("/orders/export", {}),
        ("/nowhere/{id}", {}),
        ("/purchases/{id}/of/{shop}", {}),
        ("/purchases/{id}", {"feature": "bulk"}),
        ("/orders/{id", {}),
    ],
)
def test_no_operation_is_named_that_is_not_there_for_the_caller(
    node: Node, launch: Launch, successor: str, next_: Json
) -> None:
    """Hidden, missing, not to be found by what was sent, for other partners: all the same."""
    node.publish(bundle=succeeded(successor, **next_))
    launch()
    answer = asked(node, "partner", target="/shop/v1/orders/7")
    assert (answer.status, answer.header("deprecation"), links(answer)) == (200, f"@{PAST}", [])


def test_an_operation_that_ended_names_the_one_to_move_to(node: Node, launch: Launch) -> None:
    def edit(ring: str, content: Json) -> None:
        succeeded("/purchases/{id}")(ring, content)
        content["paths"][1]["operations"]["GET"]["lifecycle"]["sunset_at"] = PAST + 1

    node.publish(bundle=edit)
    launch()
    answer = asked(node, "public", target="/shop/v1/orders/7")
    assert answer.status == 410
    assert links(answer) == ['</shop/v1/purchases/7>; rel="successor-version"']


def test_who_sends_a_parameter_that_ends_is_told_and_served(node: Node, launch: Launch) -> None:
    def edit(ring: str, content: Json) -> None:
        ended = {"deprecated_at": PAST, "sunset_at": PAST + 1}
        content["paths"][0]["operations"]["GET"]["ending_parameters"] = [
            {"in": "query", "name": "page", "lifecycle": ended},
            {"in": "header", "name": "x-old", "lifecycle": {"deprecated_at": PAST - 5}},
        ]

    node.publish(bundle=edit)
    launch()
    assert asked(node, "internal").header("deprecation") is None
    by_query = asked(node, "internal", target="/shop/v1/orders?a=1&p%61ge=2")
    assert (by_query.status, by_query.header("deprecation")) == (200, f"@{PAST}")
    both = asked(node, "internal", ("X-Old", "1"), target="/shop/v1/orders?page=2")
    assert (both.status, both.header("deprecation")) == (200, f"@{PAST - 5}")


def test_a_response_from_memory_says_it_once(node: Node, launch: Launch) -> None:
    kept = {"ttl_ms": 60_000, "shared": True, "stale_if_error_ms": 0, "max_object_bytes": 65_536}

    def edit(ring: str, content: Json) -> None:
        ending(sunset_at=FAR)(ring, content)
        content["paths"][0]["operations"]["GET"]["cache"] = kept

    node.publish(bundle=edit)
    launch()
    answers = [asked(node, "public") for _ in range(2)]
    assert answers[1].header("age") is not None
    for answer in answers:
        names = [name for name, _ in answer.headers if name in ("deprecation", "sunset", "link")]
        assert sorted(names) == ["deprecation", "link", "sunset"]
