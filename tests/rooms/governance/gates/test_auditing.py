"""The security gate asks what a change opens, of contract and of policy, and holds nothing that was open before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ringwork.governance.gates.auditing import Auditing
from ringwork.governance.gates.judging import Asked, Request
from ringwork.governance.gates.model import GateJudgement, State
from ringwork.governance.gates.side import Side
from ringwork.kernel.cache import FileCache
from tests.rooms.governance.gates.sides import TODAY, Changes, judged, side_of, states
from tests.rooms.governance.gates.test_judging import gates
from tests.rooms.governance.test_audit import DOCUMENT, ID, item
from tests.rooms.manifest.estates import API, ORGANIZATION

ONLY_SECURITY = """\
design: {internal: {demand: none}, partner: {demand: none}, public: {demand: none}}
breaking: {partner: {demand: coordinate}, public: {demand: coordinate}}
naming: {partner: {demand: suggested}, public: {demand: suggested}}
security: {partner: {demand: automatic}, public: {demand: automatic}}
documentation: {partner: {demand: team}, public: {demand: team}}
launch: {partner: {demand: feature-flag}, public: {demand: feature-flag}}
"""
USERS = item("/users/{userId}", "get", ID)


def contract(*operations: str) -> Changes:
    return {"apis/orders/openapi.yaml": DOCUMENT + "".join(f"  {one}\n" for one in operations)}


def changed(tmp_path: Path, before: Changes, after: Changes, policy: str = ONLY_SECURITY) -> GateJudgement:
    return judged(tmp_path, before, {**gates(policy), **after})


def audit_codes(found: GateJudgement, ring: str = "public") -> set[str]:
    return {
        finding.code
        for one in found.results
        if one.gate == "security" and one.ring.label == ring
        for finding in one.findings
        if finding.code.startswith("audit-")
    }


def test_a_change_that_opens_something_is_held_and_told_how_to_go_on(tmp_path: Path) -> None:
    found = changed(tmp_path, contract(), contract(USERS))
    assert states(found, "security")["public"] is State.FAILED
    assert audit_codes(found) == {"audit-object-owner", "audit-countable-id"}
    [risk, *_] = [one for one in found.holding() if "audit" in one.help]
    assert (risk.location.file, risk.api) == ("apis/orders/openapi.yaml", "orders")
    assert "styles/policy.yaml" in risk.help


def test_what_is_only_worth_knowing_holds_nobody(tmp_path: Path) -> None:
    found = changed(tmp_path, contract(), contract(USERS))
    assert audit_codes(found, "partner") == set(), "partners are known: it is an info there"


def test_a_change_beside_what_was_open_before_passes(tmp_path: Path) -> None:
    more = item("/rates", "get")
    found = changed(tmp_path, contract(USERS), contract(more, USERS))
    assert not audit_codes(found) and states(found, "security")["public"] is State.PASSED


def test_a_second_one_of_the_same_kind_is_new(tmp_path: Path) -> None:
    found = changed(tmp_path, contract(USERS), contract(USERS, USERS.replace("users", "people")))
    assert audit_codes(found) == {"audit-object-owner", "audit-countable-id"}
    assert all("/people/" in finding.message for one in found.results for finding in one.findings
               if finding.code.startswith("audit-"))  # fmt: skip


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("cors: {origins: ['*']}\n", "audit-cors"),
        ("observe", "audit-observing"),
        ("upstream", "audit-plain-upstream"),
    ],
)
def test_policies_of_an_api_are_asked_about_where_its_documents_stay(
    tmp_path: Path, more: str, code: str
) -> None:
    if more == "observe":
        said = "document: openapi.yaml, observe: {until: 2027-12-31, reason: we look}"
        api = API.replace("document: openapi.yaml", said)
    elif more == "upstream":
        api = API.replace("http://127.0.0.1:9001", "http://orders.test:80")
    else:
        api = API + more
    found = changed(tmp_path, contract(), {**contract(), "apis/orders/api.yaml": api})
    assert code in audit_codes(found), found.results
    assert found.held == {"orders": State.FAILED}


def test_nobody_else_is_asked_where_the_ring_reads_the_same(tmp_path: Path) -> None:
    api = API.replace("http://127.0.0.1:9001", "http://orders.test:80")
    found = changed(tmp_path, contract(), {**contract(), "apis/orders/api.yaml": api}, "{}")
    assert {one.gate for one in found.results} == {"security"}


@pytest.mark.parametrize(("until", "held"), [("2026-11-22", False), ("2026-11-21", True)])
def test_a_waiver_of_the_audit_is_one_for_the_gate(tmp_path: Path, until: str, held: bool) -> None:
    rules = ("audit-object-owner", "audit-countable-id")
    lines = [f"  - {{rule: {one}, api: orders, until: {until}, reason: it checks}}\n" for one in rules]
    policy: Changes = {"styles/policy.yaml": "waivers:\n" + "".join(lines)}
    found = changed(tmp_path, contract(), {**contract(USERS), **policy})
    assert bool(found.held) is held


def test_an_approval_is_of_what_was_open_when_it_was_given(tmp_path: Path) -> None:
    """Its document is the same for the ring; what guards it is not."""
    asked: list[Asked] = []
    policy = ONLY_SECURITY.replace("public: {demand: automatic}", "public: {demand: automatic-and-manual}")
    policy += "waivers:\n  - {gate: security, api: orders, until: 2999-01-01, reason: all of it}\n"
    plain = {**contract(USERS), **gates(policy)}
    judged(tmp_path / "a", contract(), plain, answered=lambda one: asked.append(one))
    known = {one: Request("r", True) for one in asked}
    passed = judged(tmp_path / "b", contract(), plain, answered=known.get)
    assert states(passed, "security")["public"] is State.PASSED
    plain |= {"apis/orders/api.yaml": API.replace("http://127.0.0.1:9001", "http://orders.test:80")}
    opened = judged(tmp_path / "c", contract(), plain, answered=known.get)
    assert states(opened, "security")["public"] is State.WAITING


def test_what_was_found_is_kept_by_what_it_was_made_of(tmp_path: Path) -> None:
    old, _, _ = side_of(tmp_path / "old", contract())
    new, estate, _ = side_of(tmp_path / "new", contract(USERS))
    cache = FileCache(tmp_path / "cache")

    def risks(old: Side, new: Side) -> list[str]:
        auditing = Auditing(estate, old, new, TODAY, cache)
        found = [one.code for ring in new.snapshot.rings for one in auditing.risks("orders", ring)]
        auditing.end()
        return found

    first = risks(old, new)
    lost = [replace(side, texts={}, _opened={}) for side in (old, new)]  # nothing can be read again
    assert first and risks(*lost) == first


def test_a_ring_that_is_opened_itself_is_told_once(tmp_path: Path) -> None:
    opened: Changes = {
        "ringwork.yaml": ORGANIZATION.replace('8441"]}', '8441"], networks: []}'),
        **contract(),
    }
    found = judged(tmp_path / "a", contract(), opened)
    [told] = [one for one in found.findings if one.code == "ring-opened"]
    assert "audit-internal-networks" in told.message and told.location.file == "ringwork.yaml"
    again = judged(tmp_path / "b", opened, {**opened, **contract(USERS)})
    assert not [one for one in again.findings if one.code == "ring-opened"], "it was open before"
