"""Applications that are pinned: what a request means that names no version, for keys of one application and another."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.node import Node
from tests.gateway.process import Gateway
from tests.gateway.support import Field, call
from tests.gateway.wire import Response

Launch = Callable[..., Gateway]
Json = dict[str, Any]
OUTER = ("partner", "public")


def by_header(node: Node, allowed: list[str] | None = None) -> Callable[[Json], None]:
    """`stock`: v1, the default, and v2, which alone has `/new`. `allowed`: versions globex agreed to."""

    def change(manifest: Json) -> None:
        for ring in OUTER:
            content = manifest["rings"][ring]
            route = node.route(ring, "stock")
            name = route["api"]["versions"]["v1"]
            bundle = json.loads((node.root / f"published/objects/{name}.json").read_text())
            bundle |= {"version": "v2"}
            listed = bundle["paths"][0]["operations"]["GET"] | {"id": "listNew"}
            bundle["paths"].append({"template": "/new", "operations": {"GET": listed}})
            del bundle["paths"][0]["operations"]["POST"]
            route["api"]["versions"]["v2"] = node.put(bundle)
            route["api"] |= {"versioning": "header", "default_version": "v1"}
            content["routes"].append(route)
        if allowed is not None:
            partner = manifest["rings"]["partner"]
            agreed = json.loads((node.root / f"published/objects/{partner['agreements']}.json").read_text())
            agreed["partners"]["globex"]["versions"] = {"stock": allowed}
            partner["agreements"] = node.put(agreed)

    return change


@pytest.fixture
def serving(node: Node, launch: Launch) -> tuple[Node, Gateway]:
    node.publish(change=by_header(node))
    return node, launch()


def asked(node: Node, ring: str, pins: list[str], *fields: Field, target: str = "/stock/orders") -> Response:
    given = {"pins": pins} if pins else {}
    return call(node, ring, ("X-Api-Key", node.key(ring, **given).text), *fields, target=target)


def version_of(gateway: Gateway, answer: Response) -> object:
    return gateway.log_line(answer.header("x-request-id")).get("version")


@pytest.mark.parametrize("ring", OUTER)
def test_who_is_pinned_means_that_version_and_others_the_default(
    serving: tuple[Node, Gateway], ring: str
) -> None:
    node, gateway = serving
    for pins, version in ([], "v1"), (["stock:v2"], "v2"), (["other:v2"], "v1"):
        assert version_of(gateway, asked(node, ring, pins)) == version


@pytest.mark.parametrize("ring", OUTER)
def test_a_version_that_is_named_counts_before_a_pin(serving: tuple[Node, Gateway], ring: str) -> None:
    node, gateway = serving
    answer = asked(node, ring, ["stock:v2"], ("API-Version", "v1"))
    assert version_of(gateway, answer) == "v1"


@pytest.mark.parametrize("ring", OUTER)
def test_what_the_pinned_version_alone_has_is_there_for_who_is_pinned(
    serving: tuple[Node, Gateway], ring: str
) -> None:
    node, gateway = serving
    assert asked(node, ring, [], target="/stock/new").status == 404
    # The answer is not declared, and does not leave; the operation was found.
    answer = asked(node, ring, ["stock:v2"], target="/stock/new")
    assert gateway.log_line(answer.header("x-request-id"))["operation"] == "listNew"


@pytest.mark.parametrize("ring", OUTER)
def test_a_pin_to_what_is_not_there_finds_nothing(serving: tuple[Node, Gateway], ring: str) -> None:
    node, _ = serving
    missing = asked(node, ring, ["stock:v9"])
    nowhere = asked(node, ring, [], target="/nowhere")
    told = [json.loads(answer.body) | {"request_id": ""} for answer in (missing, nowhere)]
    assert missing.status == 404 and told[0] == told[1]


def test_a_pin_opens_no_version_that_was_not_agreed_upon(node: Node, launch: Launch) -> None:
    node.publish(change=by_header(node, ["v1"]))
    launch()
    assert asked(node, "partner", ["stock:v2"]).status == 404
    assert asked(node, "partner", []).status == 200


def test_a_wrong_key_is_pinned_to_nothing_and_refused(serving: tuple[Node, Gateway]) -> None:
    node, _ = serving
    key = node.key("public", pins=["stock:v2"])
    node.change_identity({"change": "delete_key", "id": key.id})
    assert call(node, "public", ("X-Api-Key", key.text), target="/stock/orders").status == 401
    assert call(node, "public", ("X-Api-Key", key.text), target="/stock/new").status == 404
