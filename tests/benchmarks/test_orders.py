"""The orders the public ring is measured with: what their contract shows is what the check before measuring expects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.orders.bodies import UNSEEN, basket, visible, whole
from benchmarks.orders.contract import STORES, TEMPLATES, compiled
from benchmarks.orders.requests import SIZES, path, requests
from ringwork._native import Filter, RequestRules
from ringwork.audience import Audience
from ringwork.intent.model import VersionShape
from ringwork.kernel.packed import unpack

_BYTES = {"0k4": 400, "4k": 4_000, "100k": 100_000}
_ANSWERED_WITH = {
    "0k4": "GET /stores-0/orders/{id}",
    "4k": "GET /stores-0/orders",
    "100k": "GET /stores-0/archive",
}


@pytest.fixture(scope="module")
def shape(tmp_path_factory: pytest.TempPathFactory) -> VersionShape:
    return compiled(tmp_path_factory.mktemp("orders"))


def test_every_operation_of_the_contract_is_served_on_the_public_ring(shape: VersionShape) -> None:
    assert len(shape.operations) == STORES * len(TEMPLATES)
    assert all(operation.published is Audience.PUBLIC for operation in shape.operations)


@pytest.mark.parametrize("size", SIZES)
def test_the_compiled_contract_leaves_exactly_what_the_check_expects(size: str, shape: VersionShape) -> None:
    projection = json.loads(unpack(shape.projections[Audience.PUBLIC]))
    ok = projection["operations"][_ANSWERED_WITH[size]]["statuses"]["200"]
    body = whole()[size]
    left = Filter(projection["nodes"]).project(body, root=ok["content"]["application/json"]["json"])
    assert left["fault"] is None
    assert json.loads(left["body"]) == visible(json.loads(body))


def test_the_basket_is_of_one_kilobyte_and_fits_the_contract(shape: VersionShape) -> None:
    templates = [(operation.id, operation.template) for operation in shape.operations]
    rules = RequestRules(unpack(shape.validations[Audience.PUBLIC]), templates)
    asked = ("POST /stores-0/placed", "application/json")
    assert len(basket()) == pytest.approx(1_000, rel=0.15)
    assert rules.judge_body(*asked, basket()) is None
    assert rules.judge_body(*asked, basket()[:-1] + b',"margin":1}') is not None


@pytest.mark.parametrize("size", SIZES)
def test_bodies_have_the_size_of_their_name_and_about_a_fifth_is_not_seen(size: str) -> None:
    body = whole()[size]
    assert len(body) == pytest.approx(_BYTES[size], rel=0.1)
    order = json.loads(body)
    assert _fields(visible(order)) / _fields(order) == pytest.approx(0.8, abs=0.05)


def test_no_field_is_unseen_in_name_only() -> None:
    assert set(_names(json.loads(whole()["100k"]))) >= UNSEEN


@pytest.mark.parametrize("size", SIZES)
def test_requests_are_spread_over_stores_and_keys(size: str) -> None:
    keys = {f"id-{number}": f"key-{number}" for number in range(1_000)}
    asked = requests("/bench", size, keys)
    assert len({line.split(b" ", 2)[1] for line in asked}) >= STORES
    assert {line.partition(b"X-Api-Key: ")[2].split(b"\r\n")[0].decode() for line in asked} == set(
        keys.values()
    )
    assert path("/bench", size).encode() in {line.split(b" ", 2)[1] for line in asked}


def _fields(value: Any) -> int:
    return len(list(_names(value)))


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for member in value.values() for name in _names(member))]
    return [name for item in value for name in _names(item)] if isinstance(value, list) else []
