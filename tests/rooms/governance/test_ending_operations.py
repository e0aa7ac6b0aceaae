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
