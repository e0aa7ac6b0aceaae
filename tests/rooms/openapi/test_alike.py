"""Rings that see the same of a contract are served the same objects, made once; where anything tells them apart, each
is served what a contract that knows no other ring gives it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.kernel.findings import Finding
from ringwork.openapi import Contract, compile_filters, compile_requests, open_contract
from ringwork.openapi.exposure import expose_contract
from tests.rooms.openapi.contracts import HEAD

DOCUMENT = (
    HEAD
    + """\
paths:
  /orders:
    post:
      operationId: postOrder
      parameters:
        - {name: page, in: query, description: of many, schema: {type: integer}}
        - {name: filter, in: query, LABELLED_PARAMETER schema: {type: string, pattern: "^a"}}
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
    get:
      operationId: getOrders
      responses: {"200": {description: nothing is said of what is in it}}
components:
  schemas:
    Order:
      title: Order
      x-note: {anything: goes}
      required: [id]
      properties:
        id: {type: string, example: "1", description: which LABELLED_TEXT}
        state: {type: string, enum: [open, held] LABELLED_VALUE}
        margin: {type: number, default: 1 LABELLED_FIELD}
        name: {type: string MASKED}
"""
)
LABELS = {
    "nothing": {},
    "a field is for the internal ring": {"LABELLED_FIELD": ", x-audience: internal"},
    "a field is for partners": {"LABELLED_FIELD": ", x-audience: partner"},
    "a parameter is for partners": {"LABELLED_PARAMETER": "x-audience: partner,"},
    "a parameter is for the internal ring": {"LABELLED_PARAMETER": "x-audience: internal,"},
    "a value is for partners": {"LABELLED_VALUE": ", x-enum-audience: {held: partner}"},
    "a value is for the internal ring": {"LABELLED_VALUE": ", x-enum-audience: {held: internal}"},
    "a text is for partners": {"LABELLED_TEXT": ", x-description-audience: partner"},
    "a mask is for the public": {"MASKED": ", x-sensitive: {class: personal, mask: {public: last4}}"},
    "a mask is for both": {"MASKED": ", x-sensitive: {class: personal, mask: drop}"},
}
PLACES = ("LABELLED_PARAMETER", "LABELLED_TEXT", "LABELLED_VALUE", "LABELLED_FIELD", "MASKED")

Served = tuple[bytes, list[str], list[Finding]]


def opened(root: Path, labels: dict[str, str]) -> tuple[_native.Contract, Contract]:
    text = DOCUMENT
    for place in PLACES:
        text = text.replace(place, labels.get(place, ""))
    (root / "api.yaml").write_text(text, encoding="utf-8")
    found = open_contract(root, "api.yaml", [])
    assert found.native is not None and found.contract is not None, found.findings
    return found.native, found.contract


def filters(native: _native.Contract, contract: Contract, ring: Audience) -> Served:
    made = compile_filters(native, ring, contract.operations)
    return made.written, [one.id for one in made.unservable], made.findings


def rules(native: _native.Contract, contract: Contract, ring: Audience) -> Served:
    made = compile_requests(native, ring, contract.operations)
    return made.written, [one.id for one in made.unservable], made.findings


@pytest.mark.parametrize("compiled", [filters, rules])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("in_turn", [RINGS, tuple(reversed(RINGS))], ids=["inwards last", "outwards last"])
def test_a_ring_is_served_the_same_whoever_was_served_before(
    tmp_path: Path, compiled: object, label: str, in_turn: tuple[Audience, ...]
) -> None:
    assert callable(compiled)
    together = opened(tmp_path, LABELS[label])
    found = {ring: compiled(*together, ring) for ring in in_turn}
    assert found == {ring: compiled(*opened(tmp_path, LABELS[label]), ring) for ring in RINGS}


@pytest.mark.parametrize("compiled", [filters, rules])
def test_operations_tell_rings_apart_too(tmp_path: Path, compiled: object) -> None:
    assert callable(compiled)
    native, contract = opened(tmp_path, {})
    whole = compiled(native, contract, Audience.PARTNER)
    less = compile_filters if compiled is filters else compile_requests
    made = less(native, Audience.PUBLIC, contract.operations[:1])
    assert made.written != whole[0]
    assert made.written == less(opened(tmp_path, {})[0], Audience.PUBLIC, contract.operations[:1]).written


@pytest.mark.parametrize("label", LABELS)
def test_what_partners_reach_is_listed_though_the_public_reaches_the_same(tmp_path: Path, label: str) -> None:
    native, contract = opened(tmp_path, LABELS[label])
    ids = [operation.id for operation in contract.operations]
    listed = expose_contract(native, contract, partner=ids, public=ids).text
    alone = expose_contract(native, contract, partner=ids, public=[]).text
    assert without_ring(alone) >= without_ring(listed)
    if label in ("nothing", "a mask is for both"):
        assert without_ring(alone) == without_ring(listed)


def without_ring(listing: str) -> set[str]:
    return {line.partition("\t")[2] for line in listing.splitlines()[1:]}
