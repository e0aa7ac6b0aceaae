"""Operations and parameters that end, from the contract to the bundle; what is hidden is not told by it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringwork.bundle.compile import compile_intent
from ringwork.governance.assess import Assessment, assess
from tests.support.estates import OPEN, write, write_estate
from tests.support.intents import MATERIAL

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ENDING = "deprecated: true, x-deprecated-at: 2026-01-15, x-sunset: 2027-01-15"
CONTRACT = """\
openapi: 3.1.0
info: {{ title: Stock, version: 1.0.0 }}
paths:
  /items:
    parameters:
      - {{ name: old, in: query, deprecated: true, x-deprecated-at: 2026-01-15, schema: {{ type: string }} }}
      - {{ name: cost, in: query, deprecated: true, x-deprecated-at: 2026-01-15, x-audience: internal }}
      - {{ name: X-Old, in: header, deprecated: true, x-sunset: 2027-01-15T12:00:00+01:00 }}
      - {{ name: undated, in: query, deprecated: true }}
      - {{ name: fine, in: query, x-deprecated-at: 2026-01-15 }}
    get: {{ x-audience: public, operationId: listItems, {ending}, responses: {{ '200': {open} }} }}
"""


def judged(root: Path, ending: str = ENDING) -> Assessment:
    write_estate(root, 9)
    write(root / "apis/stock/v1.yaml", CONTRACT.format(ending=ending, open=OPEN))
    return assess(root)


def operations(found: Assessment) -> dict[str, Any]:
    assert found.intent is not None
    compiled = compile_intent(found.intent, revision=1, created_at=NOW, material=MATERIAL)
    bundles = [json.loads(data) for data in compiled.objects.values()]
    stock = [one for one in bundles if one.get("api") == "stock"]
    return {one["ring"]: one["paths"][0]["operations"]["GET"] for one in stock}


def codes(found: Assessment) -> set[str]:
    return {one.code for one in found.findings if one.api == "stock"}


def test_dates_of_the_contract_reach_the_bundle_of_each_ring(tmp_path: Path) -> None:
    found = operations(judged(tmp_path))
    lifecycle = {"deprecated_at": 1_768_435_200, "sunset_at": 1_799_971_200}
    assert {ring: one["lifecycle"] for ring, one in found.items()} == dict.fromkeys(found, lifecycle)


def test_no_ring_is_told_of_a_parameter_that_is_hidden_from_it(tmp_path: Path) -> None:
    found = operations(judged(tmp_path))
    named = {ring: {each["name"] for each in one["ending_parameters"]} for ring, one in found.items()}
    assert named == {
        "internal": {"old", "cost", "x-old"},
        "partner": {"old", "x-old"},
        "public": {"old", "x-old"},
    }


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (ENDING.replace("2027-01-15", "soon"), "ending-unreadable"),
        (f"{ENDING}, x-migration-guide: 'http://a.test'", "ending-unreadable"),
        (ENDING.replace("2027-01-15", "2026-12-31"), "sunset-too-soon"),
        ("deprecated: true, x-sunset: 2027-01-15", "sunset-unannounced"),
    ],
)
def test_what_cannot_be_kept_is_told(tmp_path: Path, ending: str, code: str) -> None:
    assert code in codes(judged(tmp_path, ending))


def test_what_is_deprecated_without_a_date_ends_for_nobody(tmp_path: Path) -> None:
    assert all("lifecycle" not in one for one in operations(judged(tmp_path, "deprecated: true")).values())


NEXT = """\
  /things/{{id}}:
    get: {{ x-audience: {seen}, operationId: getThing, responses: {{ '200': {{ description: ok }} }} }}
  /old/{{id}}:
    get:
      x-audience: public
      operationId: getOld
      deprecated: true
      x-deprecated-at: 2026-01-15
      x-successor: {successor}
      responses: {{ '200': {{ description: ok }} }}
"""


def succeeded(root: Path, successor: str, seen: str = "public") -> Assessment:
    write_estate(root, 9)
    text = CONTRACT.format(ending=ENDING, open=OPEN) + NEXT.format(successor=successor, seen=seen)
    write(root / "apis/stock/v1.yaml", text)
    return assess(root)


def test_what_comes_after_an_operation_reaches_the_bundle(tmp_path: Path) -> None:
    found = succeeded(tmp_path, '"/things/{id}"')
    assert found.intent is not None and not {"successor-unknown", "ending-unreadable"} & codes(found)
    compiled = compile_intent(found.intent, revision=1, created_at=NOW, material=MATERIAL)
    bundles = [json.loads(data) for data in compiled.objects.values()]
    told = [
        item["operations"]["GET"]["lifecycle"]["successor"]
        for one in bundles
        for item in one.get("paths", ())
        if item["template"] == "/old/{id}"
    ]
    assert told == ["/things/{id}"] * 3


@pytest.mark.parametrize(
    ("successor", "seen", "code", "words"),
    [
        ('"/thing/{id}"', "public", "successor-unknown", "which has no GET"),
        ('"/things/{thing}"', "public", "successor-unknown", "which has no GET"),
        ('"/things/{id}"', "partner", "successor-unknown", "only the partner ring sees"),
        ("https://elsewhere.example", "public", "ending-unreadable", "is no path"),
        ("[1]", "public", "ending-unreadable", "is no path"),
    ],
)
def test_a_successor_nobody_would_be_shown_is_told(
    tmp_path: Path, successor: str, seen: str, code: str, words: str
) -> None:
    found = succeeded(tmp_path, successor, seen)
    told = [one for one in found.findings if one.code == code]
    assert len(told) == 1 and words in told[0].message and told[0].location.file == "apis/stock/v1.yaml"


def test_a_successor_that_needs_what_a_request_has_not_is_told(tmp_path: Path) -> None:
    text = CONTRACT.format(ending=f'{ENDING}, x-successor: "/things/{{id}}"', open=OPEN)
    write_estate(tmp_path, 9)
    write(tmp_path / "apis/stock/v1.yaml", text + NEXT.format(successor='"/things/{id}"', seen="public"))
    [told] = [one for one in assess(tmp_path).findings if one.code == "successor-unknown"]
    assert "its requests have no id" in told.message


@pytest.mark.parametrize("holder", ["old", "X-Old"])
def test_a_parameter_has_no_successor(tmp_path: Path, holder: str) -> None:
    write_estate(tmp_path, 9)
    text = CONTRACT.format(ending=ENDING, open=OPEN)
    text = text.replace(f"name: {holder},", f"name: {holder}, x-successor: /other,")
    write(tmp_path / "apis/stock/v1.yaml", text)
    found = operations(assess(tmp_path))
    assert not any(
        "successor" in one["lifecycle"] for each in found.values() for one in each["ending_parameters"]
    )
