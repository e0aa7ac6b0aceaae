"""For some time: asked for, decided by others, taken at night, ended by the clock; and on record as what it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from ringwork.api.once import Once
from ringwork.control.approvals import approvals
from ringwork.control.people.model import HERE, Arrived, Person
from ringwork.intent.people import BreakGlass, GrantTerms, GroupIntent, PeopleIntent
from tests.rooms.api.people.running import ControlPlane

ASKED = {"group": "key-making", "lasts": "2h", "reason": "ticket 4711"}
TERMS = GrantTerms(longest_s=4 * 3600, approvers=("onboarding",))
GROUPS = (
    GroupIntent("onboarding", "Lets people in.", ("people",)),
    GroupIntent("support-refunds", "Looks.", ("read",)),
    GroupIntent("key-making", "Makes keys.", ("keys",), grants=TERMS),
    GroupIntent(
        "trust-rotation", "Rotates.", ("trust",), grants=replace(TERMS, one_at_a_time=True, quorum=2)
    ),
    GroupIntent("revision-keeping", "Applies.", ("revisions",), grants=replace(TERMS, longest_s=3600)),
)


class Cast:
    """alice and carol decide, bob asks."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        people = {"alice": "onboarding", "carol": "onboarding", "bob": "support-refunds"}
        self.clients = {name: self._logged_in(name, group) for name, group in people.items()}

    def __getattr__(self, name: str) -> httpx.Client:
        return self.clients[name]

    def _logged_in(self, name: str, group: str) -> httpx.Client:
        world = self.plane.world
        person = Person(name.encode().hex().ljust(16, "0"), HERE, name, name.title(), world.now, (group,))
        token, _ = world.people.sessions.begin(Arrived(person), "laptop")
        return self.plane.as_(token.text)

    def asks(self, **other: str) -> dict[str, Any]:
        answer = self.clients["bob"].post("/grants", json=ASKED | other)
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def decides(self, name: str, request: dict[str, Any], verdict: str = "approve") -> httpx.Response:
        path = f"/approvals/{request['id']}/decision"
        return self.clients[name].post(path, json={"verdict": verdict, "note": "seen"})

    def may_make_keys(self) -> bool:
        answer = self.clients["bob"].post("/keys", json={"ring": "public", "consumer": "dev", "plan": "free"})
        assert answer.status_code in (201, 403)
        return answer.status_code == 201


@pytest.fixture
def cast(here: ControlPlane) -> Cast:
    here.world.policy = PeopleIntent(GROUPS, lifetime_s=30 * 86_400, idle_s=30 * 86_400)
    return Cast(here)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_what_is_approved_holds_from_then_on_and_ends_by_the_clock(cast: Cast) -> None:
    request = cast.asks()
    assert (request["state"], request["groups"], request["quorum"]) == ("open", ["onboarding"], 1)
    assert not cast.may_make_keys()
    cast.plane.later(hours=1)
    assert cast.decides("alice", request).json()["state"] == "approved"
    assert cast.may_make_keys()
    (grant,) = cast.bob.get("/grants").json()["grants"]
    assert grant["id"] == request["id"] and grant["used_at"] is not None and not grant["broke_glass"]
    who = cast.bob.get("/whoami").json()
    assert [each["group"] for each in who["grants"]] == ["key-making"] and who["groups"] == [
        "support-refunds"
    ]
    assert who["permissions"] == ["keys", "read"]
    cast.plane.later(hours=1, minutes=59, seconds=59)
    assert cast.may_make_keys()
    cast.plane.later(seconds=1)
    assert not cast.may_make_keys()


def test_the_ledger_tells_who_asked_why_who_approved_and_by_what_a_key_was_made(cast: Cast) -> None:
    request = cast.asks()
    cast.decides("alice", request)
    assert cast.may_make_keys()
    asked, approved, made = cast.plane.entries()[-3:]
    bob, alice = (client.get("/whoami").json()["actor"] for client in (cast.bob, cast.alice))
    assert (asked["action"], asked["actor"], asked["reason"]) == ("approval.ask", bob, "ticket 4711")
    assert (approved["action"], approved["actor"], approved["reason"]) == ("approval.approve", alice, "seen")
    assert asked["subject"] == approved["subject"] == f"approval:{request['id']}"
    assert (made["action"], made["actor"]) == ("key.create", bob)
    assert made["credential"].endswith(f" grant:{request['id']}")
    # What he may do anyway is not done by the grant.
    cast.bob.get("/status")
    cast.bob.post("/logout")
    assert "grant:" not in cast.plane.entries()[-1]["credential"]


def test_nobody_decides_what_he_asked_for_nor_what_is_not_his_to_decide(cast: Cast) -> None:
    request = cast.alice.post("/grants", json=ASKED).json()
    assert refusal(cast.decides("alice", request)) == (403, "approval-your-own")
    assert refusal(cast.decides("bob", request)) == (403, "approval-not-yours")
    assert cast.decides("carol", request).json()["state"] == "approved"
    # Not even by a grant of the group that decides.
    terms = replace(TERMS, approvers=("key-making",))
    cast.plane.world.policy = replace(
        cast.plane.world.policy,
        groups=(*GROUPS[:4], replace(GROUPS[4], grants=terms)),
    )
    other = cast.asks(group="revision-keeping", lasts="1h")
    assert refusal(cast.decides("alice", other)) == (403, "approval-not-yours")


def test_a_machine_decides_nothing_and_holds_nothing(cast: Cast) -> None:
    order = {"name": "ci", "groups": ["onboarding"]}
    machine = cast.plane.as_(cast.alice.post("/machine-tokens", json=order).json()["token"])
    request = cast.asks()
    answer = machine.post(f"/approvals/{request['id']}/decision", json={"verdict": "approve"})
    assert refusal(answer) == (403, "approval-not-yours")
    assert refusal(machine.post("/grants", json=ASKED)) == (409, "grant-not-a-person")
    assert refusal(cast.plane.owner.post("/break-glass", json=ASKED)) == (409, "grant-not-a-person")
    assert refusal(machine.delete(f"/approvals/{request['id']}")) == (403, "approval-not-yours")


def test_two_are_needed_where_the_estate_says_two_and_one_who_declines_is_enough(cast: Cast) -> None:
    request, other = cast.asks(group="trust-rotation"), cast.asks()
    assert cast.decides("alice", request).json()["state"] == "open"
    assert cast.decides("alice", request).json()["state"] == "open"  # the same word again
    assert refusal(cast.decides("alice", request, "decline")) == (409, "approval-decided")
    assert cast.decides("carol", request).json()["state"] == "approved"
    assert refusal(cast.decides("alice", other)) == (409, "grant-one-at-a-time")
    assert cast.decides("alice", other, "decline").json()["state"] == "declined"
    assert refusal(cast.decides("carol", other)) == (409, "approval-over")


def test_one_at_a_time_is_asked_when_it_is_given_however_it_was_asked_for(cast: Cast) -> None:
    one, two = cast.asks(), cast.asks(group="trust-rotation")
    cast.decides("alice", two)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda each: cast.decides("carol", each), (one, two)))
    assert sorted(each.status_code for each in answers) == [200, 409]
    held = cast.bob.get("/grants").json()["grants"]
    assert len(held) == 1
    again = cast.bob.post("/grants", json=ASKED)
    assert again.status_code == 409 and again.json()["code"] in ("grant-held", "grant-one-at-a-time")
    cast.bob.delete(f"/grants/{held[0]['id']}")
    assert cast.bob.post("/grants", json=ASKED).status_code == 201


def test_a_request_is_withdrawn_by_who_asked_and_expires_by_itself(cast: Cast) -> None:
    request = cast.asks()
    assert refusal(cast.alice.delete(f"/approvals/{request['id']}")) == (403, "approval-not-yours")
    assert cast.bob.delete(f"/approvals/{request['id']}").json()["state"] == "withdrawn"
    assert cast.bob.delete(f"/approvals/{request['id']}").status_code == 200
    assert refusal(cast.decides("alice", request)) == (409, "approval-over")
    late = cast.asks()
    cast.plane.later(days=1)
    assert cast.bob.get(f"/approvals/{late['id']}").json()["state"] == "expired"
    assert refusal(cast.decides("alice", late)) == (409, "approval-over")
    assert refusal(cast.bob.delete(f"/approvals/{late['id']}")) == (409, "approval-over")


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"group": "nobody"}, 400, "group-unknown"),
        ({"group": "onboarding"}, 409, "group-not-granted"),
        ({"lasts": "241m"}, 400, "lifetime-too-long"),
        ({"lasts": "tomorrow"}, 400, "lifetime-malformed"),
        ({"lasts": "999999999d"}, 400, "lifetime-too-long"),
        ({"reason": ""}, 422, "request-malformed"),
        ({"reason": "a\0b"}, 422, "request-malformed"),
    ],
)
def test_what_cannot_be_had_is_not_asked_for(
    cast: Cast, other: dict[str, str], status: int, code: str
) -> None:
    assert refusal(cast.bob.post("/grants", json=ASKED | other)) == (status, code)
    assert cast.alice.get("/approvals").status_code == 403  # it takes `read`
    assert cast.bob.get("/approvals").json()["approvals"] == []


def test_the_eligible_alone_ask_and_nobody_for_what_he_is_in_anyway(cast: Cast) -> None:
    eligible = replace(TERMS, eligible=("support-refunds",))
    cast.plane.world.policy = replace(
        cast.plane.world.policy, groups=(*GROUPS[:2], replace(GROUPS[2], grants=eligible))
    )
    assert refusal(cast.alice.post("/grants", json=ASKED)) == (403, "grant-not-eligible")
    cast.asks()
    held = replace(GROUPS[1], grants=TERMS)
    cast.plane.world.policy = replace(cast.plane.world.policy, groups=(GROUPS[0], held, GROUPS[2]))
    answer = cast.bob.post("/grants", json=ASKED | {"group": "support-refunds"})
    assert refusal(answer) == (409, "group-held")


def test_the_glass_is_broken_by_those_who_may_for_as_long_as_they_may_and_loudly(cast: Cast) -> None:
    assert refusal(cast.bob.post("/break-glass", json=ASKED)) == (403, "grant-not-eligible")
    glass = replace(TERMS, break_glass=BreakGlass(("support-refunds",), 1800))
    cast.plane.world.policy = replace(
        cast.plane.world.policy, groups=(*GROUPS[:2], replace(GROUPS[2], grants=glass), *GROUPS[3:])
    )
    assert refusal(cast.alice.post("/break-glass", json=ASKED | {"lasts": "5m"})) == (
        403,
        "grant-not-eligible",
    )
    assert refusal(cast.bob.post("/break-glass", json=ASKED)) == (400, "lifetime-too-long")
    taken = cast.bob.post("/break-glass", json=ASKED | {"lasts": "30m"})
    assert taken.status_code == 201 and taken.json()["broke_glass"]
    assert cast.may_make_keys()
    entries = [each for each in cast.plane.entries() if each["action"] == "grant.break-glass"]
    assert [(each["subject"], each["reason"]) for each in entries] == [
        (f"grant:{taken.json()['id']}", "ticket 4711")
    ]
    assert refusal(cast.bob.post("/break-glass", json=ASKED | {"lasts": "5m"})) == (409, "grant-held")
    cast.plane.later(minutes=30)
    assert not cast.may_make_keys()


def test_a_grant_ends_at_once_by_its_holder_by_an_operator_and_with_his_access(cast: Cast) -> None:
    for ending in ("bob", "alice"):
        request = cast.asks()
        cast.decides("carol", request)
        assert cast.may_make_keys()
        grant = cast.bob.get(f"/grants/{request['id']}")
        stale = cast.clients[ending].delete(f"/grants/{request['id']}", headers={"if-match": '"0"'})
        assert refusal(stale) == (412, "changed-meanwhile")
        tagged = {"if-match": grant.headers["etag"]}
        ended = cast.clients[ending].delete(f"/grants/{request['id']}", headers=tagged)
        assert ended.status_code == 200 and ended.json()["ended_at"] is not None
        assert not cast.may_make_keys()
    request = cast.alice.post("/grants", json=ASKED).json()
    cast.decides("carol", request)
    assert refusal(cast.bob.delete(f"/grants/{request['id']}")) == (403, "grant-not-yours")
    person = cast.alice.get("/whoami").json()["person"]
    cast.carol.delete(f"/people/{person}")
    assert (
        cast.bob.get(f"/grants/{request['id']}").json()["ended_because"] == "this person's access was ended"
    )


def test_the_estate_decides_at_every_moment_what_a_grant_is(cast: Cast) -> None:
    request = cast.asks(lasts="4h")
    shorter = (*GROUPS[:2], replace(GROUPS[2], grants=replace(TERMS, longest_s=600)), *GROUPS[3:])
    world = cast.plane.world
    world.policy = replace(world.policy, groups=shorter)
    cast.decides("alice", request)
    cast.plane.later(minutes=9)
    assert cast.may_make_keys()
    never = (*GROUPS[:2], replace(GROUPS[2], grants=None), *GROUPS[3:])
    world.policy = replace(world.policy, groups=never)
    assert not cast.may_make_keys()
    world.policy = replace(world.policy, groups=shorter)
    assert cast.may_make_keys()
    cast.plane.later(minutes=1)
    assert not cast.may_make_keys()
    other = cast.asks(lasts="5m")
    world.policy = replace(world.policy, groups=never)
    assert refusal(cast.decides("alice", other)) == (409, "approval-void")
    assert cast.bob.get(f"/approvals/{other['id']}").json()["groups"] == []


def test_what_is_held_for_some_time_makes_nothing_that_outlasts_it(cast: Cast) -> None:
    lets_in = GroupIntent("letting-in", "Lets in.", ("people",), grants=TERMS)
    world = cast.plane.world
    world.policy = replace(world.policy, groups=(*GROUPS, lets_in))
    cast.decides("alice", cast.asks(group="letting-in"))
    for path, order in (
        ("/machine-tokens", {"name": "mine", "groups": ["letting-in"]}),
        ("/invitations", {"name": "friend", "groups": ["onboarding"]}),
    ):
        assert refusal(cast.bob.post(path, json=order)) == (403, "group-beyond-yours")


def test_open_requests_of_one_person_have_a_bound(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "MOST_OPEN_OF_A_PERSON", 1)
    request = cast.asks()
    answer = cast.bob.post("/grants", json=ASKED | {"group": "revision-keeping", "lasts": "5m"})
    assert refusal(answer) == (409, "approvals-too-many")
    cast.bob.delete(f"/approvals/{request['id']}")
    cast.asks()


def test_a_request_that_is_sent_again_is_made_once(cast: Cast) -> None:
    headers = {"idempotency-key": "0c1f5a3e-8d0b-4c7e-9f5e-7a9a2f4b6c1d"}
    first, again = (cast.bob.post("/grants", json=ASKED, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.content == again.content
    assert len(cast.bob.get("/approvals").json()["approvals"]) == 1
    path = f"/approvals/{first.json()['id']}/decision"
    decisions = [cast.alice.post(path, json={"verdict": "approve"}, headers=headers) for _ in range(2)]
    assert [each.status_code for each in decisions] == [200, 200]
    assert cast.plane.actions().count("approval.approve") == 1


def test_what_is_long_over_is_forgotten(cast: Cast) -> None:
    request = cast.asks()
    cast.decides("alice", request)
    cast.plane.later(days=92)
    cast.plane.world.people.forget_old()
    owner = cast.plane.owner
    assert owner.get("/approvals").json()["approvals"] == []
    assert len(owner.get("/grants").json()["grants"]) == 1
    cast.plane.later(days=309)
    cast.plane.world.people.forget_old()
    assert owner.get("/grants").json()["grants"] == []


def test_what_was_decided_is_told_again_also_when_the_first_answer_was_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill: nothing is known of an answer but what was fixed in the transaction."""

    async def lost(self: Once, promise: object, messages: object) -> None: ...

    monkeypatch.setattr(Once, "_keep", lost)
    named = {"idempotency-key": "0c1f5a3e-8d0b-4c7e-9f5e-7a9a2f4b6c1d"}
    request = cast.bob.post("/grants", json=ASKED, headers=named)
    assert cast.bob.post("/grants", json=ASKED, headers=named).content == request.content
    decide = f"/approvals/{request.json()['id']}/decision"
    first, again = (cast.alice.post(decide, json={"verdict": "approve"}, headers=named) for _ in range(2))
    assert first.json()["state"] == "approved" and again.content == first.content
    assert cast.plane.actions().count("approval.approve") == 1
