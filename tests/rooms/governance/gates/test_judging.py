"""Each gate holds what it should, no more, and lets through what was approved, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from ringwork.audience import RINGS
from ringwork.governance.gates.judging import Asked, Request
from ringwork.governance.gates.model import State
from ringwork.manifest.gates import GATES, MEANINGS, GatesManifest
from tests.rooms.governance.gates.sides import Changes, judged, states
from tests.rooms.governance.gates.test_changing import NARROWER, document
from tests.rooms.manifest.estates import API, DOCUMENT, loaded, only, with_code

GROUP = "description: Decides.\npermissions: [read]\n"
GROUPS: Changes = {
    f"groups/{name}.yaml": GROUP
    for name in (
        "team-leads",
        "api-review-board",
        "partner-agreements",
        "security-review",
        "documentation-review",
        "launch-review",
    )
}


def gates(text: str) -> Changes:
    return {**GROUPS, "styles/gates.yaml": text}


def test_the_defaults_are_those_of_the_requirements() -> None:
    said = GatesManifest()
    told = [[said.terms(gate, ring).demand for ring in RINGS] for gate in GATES]
    assert told == [
        ["approval", "approval", "approval"],
        ["coordinate", "agreement", "12-months"],
        ["suggested", "enforced", "enforced"],
        ["automatic", "automatic-and-manual", "automatic-and-manual"],
        ["team", "writer-review", "writer-review"],
        ["feature-flag", "general-availability", "general-availability"],
    ]


def test_every_word_of_every_gate_means_something() -> None:
    for gate in GATES:
        for ring in RINGS:
            field = type(getattr(getattr(GatesManifest(), gate), ring.label)).model_fields["demand"]
            words = get_args(get_args(field.annotation)[0])
            assert {(gate, word) for word in words} == {key for key in MEANINGS if key[0] == gate}


def test_an_estate_without_gates_is_held_by_nothing(tmp_path: Path) -> None:
    found = judged(tmp_path, {}, document(NARROWER))
    assert (found.enforced, found.held, found.holding()) == (False, {}, [])
    assert State.WAITING in states(found, "design").values(), "what the defaults would ask is told"


def test_what_breaks_is_shown_inside_agreed_with_partners_and_held_for_the_public(tmp_path: Path) -> None:
    public = NARROWER.replace("x-audience: partner", "x-audience: public")
    before = DOCUMENT.replace("x-audience: partner", "x-audience: public")
    found = judged(tmp_path, document(before), {**gates("{}"), **document(public)})
    assert states(found, "breaking") == {
        "public": State.FAILED,
        "partner": State.WAITING,
        "internal": State.LENIENT,
    }
    assert found.held == {"orders": State.FAILED} and not found.waits_only


def test_an_approval_is_of_exactly_what_was_asked(tmp_path: Path) -> None:
    asked: list[Asked] = []

    def remember(one: Asked) -> None:
        asked.append(one)

    judged(tmp_path / "a", {}, {**gates("{}"), **document(NARROWER)}, answered=remember)
    known = {one: Request("r", True) for one in asked if one.gate == "design"}
    for after, passed in (
        (document(NARROWER), True),
        (document(NARROWER.replace("maxLength: 8", "maxLength: 9")), False),
        (document(NARROWER.replace("title: Orders", "title: Order")), False),
        ({**document(NARROWER), "apis/orders/api.yaml": API + "cors: {origins: ['*']}\n"}, False),
        ({**document(NARROWER), **gates("design: {partner: {quorum: 2}}\n")}, None),
    ):
        found = judged(tmp_path / str(len(str(after))), {}, {**gates("{}"), **after}, answered=known.get)
        told = states(found, "design")
        assert told["internal"] is (State.WAITING if passed is False else State.PASSED)
        assert told["partner"] is (State.PASSED if passed else State.WAITING)


def test_one_that_is_open_is_named_and_passes_nothing(tmp_path: Path) -> None:
    found = judged(
        tmp_path, {}, {**gates("{}"), **document(NARROWER)}, answered=lambda _: Request("abc", False)
    )
    [design] = [one for one in found.results if (one.gate, one.ring.label) == ("design", "partner")]
    assert (design.state, design.approval) == (State.WAITING, "abc")
    assert any("ringwork approval approve abc" in one.help for one in found.holding())


def test_style_errors_are_held_by_the_gate_they_belong_to(tmp_path: Path) -> None:
    found = judged(tmp_path, None, gates("{}"))
    codes = {
        gate: {finding.code for one in found.results if one.gate == gate for finding in one.findings}
        for gate in ("naming", "security", "documentation")
    }
    assert "style-operation-summary" in codes["documentation"]
    assert "style-error-declared" in codes["naming"]
    assert not codes["naming"] & (codes["documentation"] | codes["security"])
    assert states(found, "naming")["public"] is State.FAILED
    assert states(found, "naming")["internal"] in (State.PASSED, State.LENIENT)


def test_a_launch_is_approved_once(tmp_path: Path) -> None:
    new = judged(tmp_path / "a", None, gates("{}"))
    outside = {"public": State.WAITING, "partner": State.WAITING}
    assert states(new, "launch") == outside | {"internal": State.LENIENT}
    later = judged(tmp_path / "b", {}, {**gates("{}"), **document(NARROWER)})
    assert states(later, "launch") == {"partner": State.PASSED, "internal": State.PASSED}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("until: 2026-11-22", State.PASSED),
        ("until: 2026-11-21", State.FAILED),
        ("until: 2999-01-01, ring: partner", State.FAILED),
        ("until: 2999-01-01, finding: other", State.FAILED),
        ("until: 2999-01-01, finding: request-parameter-max-length-set", State.PASSED),
        ("until: 2999-01-01, version: v2", State.FAILED),
    ],
)
def test_a_waiver_is_about_what_it_says_and_ends(tmp_path: Path, said: str, state: State) -> None:
    text = f"waivers:\n  - {{gate: breaking, api: orders, reason: r, {said}}}\n"
    public = NARROWER.replace("x-audience: partner", "x-audience: public")
    before = DOCUMENT.replace("x-audience: partner", "x-audience: public")
    found = judged(tmp_path, document(before), {**gates(text), **document(public)})
    assert states(found, "breaking")["public"] is state
    ended = [one.location.line for one in found.findings if one.code == "gate-waiver-ended"]
    assert ended == ([2] if "2026-11-21" in said else [])


def test_gates_with_a_mistake_let_nothing_through_that_changed(tmp_path: Path) -> None:
    found = judged(tmp_path, {}, {**gates("design: {public: {demand: maybe}}\n"), **document(NARROWER)})
    assert found.held == {"orders": State.FAILED}
    assert {one.code for one in found.holding()} == {"gates-unreadable"}
    assert not judged(tmp_path / "b", {}, gates("nonsense: 1\n")).held, "what is live is not asked about"


def test_whoever_approves_is_there(tmp_path: Path) -> None:
    estate = loaded(tmp_path / "a", {"styles/gates.yaml": "naming: {}\n"})
    assert {one.message.split('"')[1] for one in with_code(estate, "unknown-group")} >= {"team-leads"}
    assert estate.gates is None and estate.has_gates
    text = "design:\n  public: {approvers: [api-review-bord]}\n"
    finding = only(loaded(tmp_path / "b", gates(text)), "unknown-group")
    assert (finding.location.line, "api-review-board" in finding.help) == (2, True)


def test_a_file_of_gates_that_lies_elsewhere_is_told(tmp_path: Path) -> None:
    finding = only(loaded(tmp_path, {"gates.yaml": "{}\n"}), "file-ignored")
    assert "styles/gates.yaml" in finding.help


@pytest.mark.parametrize("key", ["approvers: [team-leads]", "quorum: 2"])
@pytest.mark.parametrize("demand", ["enforced", "suggested"])
def test_who_would_approve_where_nobody_is_asked_is_told(tmp_path: Path, key: str, demand: str) -> None:
    found = loaded(tmp_path, gates(f"naming:\n  public: {{demand: {demand}, {key}}}\n"))
    finding = only(found, "gate-asks-nobody")
    assert (finding.location.line, key.partition(":")[0] in finding.help) == (2, True)


def test_a_quorum_counts_where_somebody_is_asked(tmp_path: Path) -> None:
    found = loaded(tmp_path, gates("design: {public: {quorum: 2}}\n"))
    assert not with_code(found, "gate-asks-nobody")


FLAGS = "launch: {partner: {demand: feature-flag}, public: {demand: feature-flag}}\n"


def test_a_launch_by_feature_flag_shows_what_begins_with_everyone(tmp_path: Path) -> None:
    new = judged(tmp_path / "a", None, gates(FLAGS))
    assert states(new, "launch") == dict.fromkeys(("internal", "partner", "public"), State.LENIENT)
    told = {finding.code for one in new.results if one.gate == "launch" for finding in one.findings}
    assert told == {"launch-to-everyone"}
    assert not states(judged(tmp_path / "b", {}, gates(FLAGS)), "launch"), "it began long ago"


@pytest.mark.parametrize(
    ("flag", "ring"), [("callers: {services: [billing]}\n", "internal"), ("feature: bulk\n", "partner")]
)
def test_one_that_begins_with_those_who_are_named_has_nothing_to_show(
    tmp_path: Path, flag: str, ring: str
) -> None:
    api = API + flag
    found = states(judged(tmp_path, None, {**gates(FLAGS), "apis/orders/api.yaml": api}), "launch")
    assert {name for name, state in found.items() if state is State.PASSED} == {ring}
