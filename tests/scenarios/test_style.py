"""`ringwork lint --estate` and `ringwork plan`: what each ring asks of the documents it reads."""

from __future__ import annotations

import json
from pathlib import Path

from tests.rooms.governance.style.test_judging import ESTATE, waiver
from tests.rooms.manifest.estates import write_estate
from tests.scenarios.conversation import Say


def test_each_ring_tells_its_own_worst_first(tmp_path: Path, say: Say) -> None:
    answer = say("lint", "--estate", write_estate(tmp_path, ESTATE), "--state", tmp_path / "none")
    assert answer.code == 1
    public, internal = answer.out.index("public ring, style:"), answer.out.index("internal ring, style:")
    assert (
        public
        < answer.out.index("error orders v1  style-answer-object  apis/orders/openapi.yaml:9")
        < internal
    )


def test_what_is_waived_does_not_count(tmp_path: Path, say: Say) -> None:
    off = "\n".join(
        f"  {code}: off"
        for code in (
            "style-error-declared",
            "style-operation-summary",
            "style-pagination",
            "style-limit-answer",
        )
    )
    changes = {**ESTATE, "styles/public.yaml": f"extends: ringwork:public\nrules:\n{off}\n"}
    root = write_estate(tmp_path / "a", changes)
    assert say("lint", "--estate", root).code == 1
    root = write_estate(tmp_path / "b", {**changes, **waiver("2999-12-31")})
    answer = say("lint", "--estate", root)
    assert answer.code == 0
    assert "waived until 2999-12-31: v1 is old" in answer.out


def test_plan_shows_style_where_the_estate_has_styles(tmp_path: Path, say: Say) -> None:
    plain = say("plan", write_estate(tmp_path / "a", ESTATE), "--state", tmp_path / "none")
    assert "style:" not in plain.out
    root = write_estate(tmp_path / "b", {**ESTATE, **waiver("2000-01-01")})
    answer = say("plan", root, "--state", tmp_path / "none")
    assert answer.code == 0
    assert "public ring, style: 4 errors," in answer.out
    assert "the waiver of style-answer-object for orders ended on 2000-01-01" in answer.out
    for format in ("markdown", "github", "sarif", "json"):
        assert (
            "style-answer-object" in say("plan", root, "--state", tmp_path / "none", "--format", format).out
        )


def test_a_style_policy_with_a_mistake_is_told_with_its_line(tmp_path: Path, say: Say) -> None:
    policy = "waivers:\n  - {rule: style-money, api: orders, reason: later}\n"
    answer = say(
        "plan", write_estate(tmp_path, {**ESTATE, "styles/policy.yaml": policy}), "--state", tmp_path / "none"
    )
    assert answer.code == 2
    assert "styles/policy.yaml:2:5" in answer.out
    assert "until" in answer.out


def test_formats_for_programs_name_ring_place_and_reason(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path, ESTATE)
    rows = json.loads(say("lint", "--estate", root, "--format", "json").out)
    [row] = [one for one in rows if one["code"] == "style-answer-object" and one["ring"] == "public"]
    assert (row["severity"], row["file"], row["line"]) == ("error", "apis/orders/openapi.yaml", 9)
    sarif = json.loads(say("lint", "--estate", root, "--format", "sarif").out)
    assert "style-answer-object" in {one["ruleId"] for one in sarif["runs"][0]["results"]}


def test_lint_of_an_estate_and_of_files_is_one_or_the_other(tmp_path: Path, say: Say) -> None:
    root = write_estate(tmp_path, ESTATE)
    assert "neither files nor --ruleset" in say("lint", "a.yaml", "--estate", root).err
    assert "no document is named" in say("lint").err
    assert "junit is for documents" in say("lint", "--estate", root, "--format", "junit").err
