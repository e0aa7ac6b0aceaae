"""What each ring reads, held to that ring's rules: severities, cases across the estate, waivers, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from ringwork.audience import RINGS
from ringwork.governance.assess import Memory, assess
from ringwork.governance.style import StyleFinding, StyleJudgement, judge_styles, judging
from ringwork.kernel.cache import Cache, FileCache
from ringwork.style.linting import lint
from ringwork.style.model import Level, Result, Ruleset
from tests.rooms.manifest.estates import API, write_estate

INTERNAL, PARTNER, PUBLIC = RINGS
TODAY = date(2026, 6, 1)

DOCUMENT = """\
openapi: 3.0.3
info: {title: Orders, version: 1.0.0, description: Orders.}
paths:
  /orders:
    get:
      operationId: listOrders
      x-audience: public
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: array, items: {type: string}}}}}
  /orders/{id}:
    get:
      operationId: getOrder
      x-audience: partner
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}
  /Hidden_Orders:
    get: {operationId: hiddenOrders, responses: {"200": {description: ok}}}
components:
  schemas:
    Order: {type: object, properties: {order_id: {type: string}, cardNumber: {type: string}}}
"""
ESTATE = {"apis/orders/openapi.yaml": DOCUMENT}


def judged(
    root: Path,
    changes: Mapping[str, str | bytes | None] | None = None,
    today: date = TODAY,
    cache: Cache | None = None,
) -> StyleJudgement:
    memory = Memory()
    assessment = assess(write_estate(root, {**ESTATE, **(changes or {})}), memory=memory)
    assert not [one for one in assessment.findings if one.severity.label == "error"]
    return judge_styles(root, assessment, memory, today, cache)


def of(found: StyleJudgement, code: str) -> list[StyleFinding]:
    return [one for one in found.styles if one.code == code]


def levels(found: StyleJudgement, code: str) -> dict[str, Level]:
    return {one.ring.label: one.level for one in of(found, code)}


def policy(text: str) -> dict[str, str | bytes | None]:
    return {"styles/policy.yaml": text}


def waiver(until: str, **more: str) -> dict[str, str | bytes | None]:
    said = {"rule": "style-answer-object", "api": "orders", "until": until, "reason": "v1 is old", **more}
    written = ", ".join(f"{key}: {value}" for key, value in said.items())
    return policy(f"waivers:\n  - {{{written}}}\n")


def test_a_ring_is_stricter_the_further_out_it_is(tmp_path: Path) -> None:
    found = levels(judged(tmp_path), "style-answer-object")
    assert found == {"internal": Level.HINT, "partner": Level.WARN, "public": Level.ERROR}


def test_a_ring_is_told_of_nothing_it_cannot_see(tmp_path: Path) -> None:
    assert {one.ring for one in of(judged(tmp_path), "style-path-case")} == {INTERNAL}


def test_a_finding_says_where_it_is_written(tmp_path: Path) -> None:
    [finding] = [one for one in of(judged(tmp_path), "style-answer-object") if one.ring is PUBLIC]
    assert str(finding.location).startswith("apis/orders/openapi.yaml:9:")
    assert finding.path == "/paths/~1orders/get/responses/200/content/application~1json/schema/type"


def test_a_ring_has_the_rules_its_file_says(tmp_path: Path) -> None:
    own = "extends: ringwork:public\nrules: {style-answer-object: info}\n"
    found = judged(tmp_path, {"styles/public.yaml": own})
    assert levels(found, "style-answer-object")["public"] is Level.INFO
    assert of(found, "style-operation-description")


def test_a_ruleset_that_cannot_be_used_is_told_and_the_other_rings_are_judged(tmp_path: Path) -> None:
    found = judged(tmp_path, {"styles/public.yaml": "extends: ringwork:publick\n"})
    assert [one.code for one in found.findings] == ["ruleset-extends"]
    assert {one.ring for one in found.styles} == {INTERNAL, PARTNER}


def test_names_have_the_case_most_apis_of_the_estate_have(tmp_path: Path) -> None:
    snake = DOCUMENT.replace("cardNumber", "card_number")
    others = {
        f"apis/{name}/{file}": text
        for name, port in (("a", "9002"), ("b", "9003"))
        for file, text in (("api.yaml", API.replace("9001", port)), ("openapi.yaml", snake))
    }
    found = of(judged(tmp_path, others), "style-field-case")
    assert {(one.api, one.path.rpartition("/")[2]) for one in found} == {("orders", "cardNumber")}
    assert "snake case" in found[0].message


def test_operations_with_sensitive_values_are_held_stricter(tmp_path: Path) -> None:
    marked = DOCUMENT.replace(
        "cardNumber: {type: string}", "cardNumber: {type: string, x-sensitive: payment}"
    )

    def example(sensitive: str) -> StyleFinding:
        root = tmp_path / sensitive
        found = of(
            judged(root, {"apis/orders/openapi.yaml": marked, **policy(f"sensitive: {sensitive}\n")}),
            "style-operation-summary",
        )
        [one] = [one for one in found if one.ring is PARTNER and "{id}" in one.path]
        return one

    assert (example("stricter").level, example("stricter").stricter) == (Level.ERROR, True)
    assert (example("same").level, example("same").stricter) == (Level.WARN, False)


def test_an_api_in_incubation_gets_hints_until_its_day(tmp_path: Path) -> None:
    text = "incubation: [{api: orders, until: 2026-06-01}]\n"
    assert {one.level for one in judged(tmp_path / "a", policy(text)).styles} == {Level.HINT}
    later = judged(tmp_path / "b", policy(text), date(2026, 6, 2))
    assert later.worst() is Level.ERROR


def test_a_waiver_holds_through_its_last_day_and_says_why(tmp_path: Path) -> None:
    found = judged(tmp_path, waiver("2026-06-01", ring="public"))
    by_ring = {one.ring: one.waived for one in of(found, "style-answer-object")}
    assert by_ring == {PUBLIC: "until 2026-06-01: v1 is old", PARTNER: None, INTERNAL: None}
    assert not found.findings


def test_a_waiver_that_ended_waives_nothing_and_is_told(tmp_path: Path) -> None:
    found = judged(tmp_path, waiver("2026-05-31"))
    assert not [one for one in found.styles if one.waived]
    [told] = found.findings
    assert (told.code, str(told.location)) == ("style-waiver-ended", "styles/policy.yaml:2:12")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"rule": "style-money"}, "style-waiver-unused"),
        ({"rule": "style-moneyy"}, "style-waiver-unknown"),
        ({"api": "other"}, "style-waiver-unknown"),
        ({"at": "/paths/~1other"}, "style-waiver-unused"),
        ({"version": "v9"}, "style-waiver-unused"),
    ],
)
def test_a_waiver_nobody_needs_is_told(tmp_path: Path, more: dict[str, str], code: str) -> None:
    assert [one.code for one in judged(tmp_path, waiver("2026-12-31", **more)).findings] == [code]


def test_a_waiver_of_a_place_holds_below_it_and_not_beside_it(tmp_path: Path) -> None:
    found = judged(tmp_path, waiver("2026-12-31", at="/paths/~1orders"))
    assert all(one.waived for one in of(found, "style-answer-object"))
    found = judged(tmp_path, waiver("2026-12-31", at="/paths/~1order"))
    assert not any(one.waived for one in of(found, "style-answer-object"))


def test_what_did_not_change_is_not_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, root = FileCache(tmp_path / "cache"), tmp_path / "estate"
    first = judged(root, cache=cache)
    linted: list[str] = []

    def counting(data: bytes, file: Path, ruleset: Ruleset) -> list[Result]:
        linted.append(file.name)
        return lint(data, file, ruleset)

    monkeypatch.setattr(judging, "lint", counting)
    assert judged(root, cache=cache) == first
    assert not linted
    changed = judged(
        root, {"apis/orders/openapi.yaml": DOCUMENT.replace("/Hidden_Orders", "/hidden")}, cache=cache
    )
    assert linted
    assert not of(changed, "style-path-case")


def test_what_is_kept_is_not_used_for_other_rules(tmp_path: Path) -> None:
    cache, root = FileCache(tmp_path / "cache"), tmp_path / "estate"
    assert of(judged(root, cache=cache), "style-answer-object")
    off = "extends: ringwork:public\nrules: {style-answer-object: off}\n"
    found = judged(root, {"styles/public.yaml": off}, cache=cache)
    assert PUBLIC not in {one.ring for one in of(found, "style-answer-object")}


def test_an_estate_is_data_and_no_program_of_it_is_run(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    found = judged(
        tmp_path / "estate",
        {
            "styles/public.yaml": "functions: [own]\nrules: {a: {given: $, then: {function: own}}}\n",
            "styles/functions/own.py": f"open({str(proof)!r}, 'w')\n\ndef own(value, options, context): ...\n",
        },
    )
    [told] = found.findings
    assert (told.code, str(told.location)) == ("ruleset-function-untrusted", "styles/public.yaml:1:13")
    assert not proof.exists()
