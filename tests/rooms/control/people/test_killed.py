"""`kill -9` between any two steps: people's rows and the ledger's entries are of the same deeds."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from ringwork.control.people.model import Arrived
from ringwork.control.people.people import People
from ringwork.intent.people import GrantTerms, GroupIntent, PeopleIntent, ProviderIntent
from tests.rooms.fleet.test_killed import killed, opened

POLICY = PeopleIntent(
    (
        GroupIntent("support-refunds", "Looks.", ("read",), {"groups": ("support",)}),
        GroupIntent("key-making", "Makes keys.", ("keys",), grants=GrantTerms(3600, ("support-refunds",))),
    )
)
PROVIDER = ProviderIntent("https://idp.test", "x", None, ("openid",), ("RS256",))
_DAY = timedelta(days=1)
_STORE = "ringwork.control.store"
POINTS = [
    ("before", f"{_STORE}.ledger:noted_in"),
    ("after", f"{_STORE}.ledger:noted_in"),
    ("before", f"{_STORE}.ledger:keep_promise"),
]
STEPS = {
    "begin": [
        *POINTS,
        ("after", f"{_STORE}.sessions:arrive"),
        ("after", f"{_STORE}.sessions:SqlSessions.begin"),
    ],
    "join": [*POINTS, ("after", f"{_STORE}.people:use_up"), ("after", f"{_STORE}.people:_put")],
    "join_again": [
        *POINTS,
        ("before", f"{_STORE}.people:SqlPeople.join"),
        ("after", f"{_STORE}.people:_put"),
    ],
    "end_person": [*POINTS, ("after", f"{_STORE}.people:SqlPeople.end")],
    "regroup": POINTS,
    "make_token": POINTS,
    "grant": [*POINTS, ("after", f"{_STORE}.approvals:_held"), ("after", f"{_STORE}.approvals:_grant_row")],
}


def people_of(state: Path) -> People:
    control, _ = opened(state)
    control.people_policy = lambda: POLICY  # type: ignore[method-assign]
    return control.people


def _there(people: People) -> Arrived:
    return Arrived(
        people.accounts.known(PROVIDER.issuer, "alice", "Alice"), (("groups", "support"),), None, "r"
    )


def begin(state: Path, arm: object) -> None:
    people = people_of(state)
    arm()  # type: ignore[operator]
    people.sessions.begin(_there(people), "laptop")


def join(state: Path, arm: object) -> None:
    from ringwork.control.people.callers import owner

    people = people_of(state)
    prepared = people.accounts.prepare("bob", ["support-refunds"], _DAY, owner())
    people.accounts.keep(prepared)
    arm()  # type: ignore[operator]
    people.accounts.join(prepared.token.text, "bob", "long enough, and nobody's")


def join_again(state: Path, arm: object) -> None:
    join(state, lambda: None)
    people = people_of(state)
    arrived = people.accounts.arrived("bob", "long enough, and nobody's")
    assert arrived is not None
    people.sessions.begin(arrived, "laptop")
    join(state, arm)


def end_person(state: Path, arm: object) -> None:
    people = people_of(state)
    person = _there(people)
    people.sessions.begin(person, "laptop")
    people.sessions.begin(person, "desktop")
    arm()  # type: ignore[operator]
    people.accounts.end(person.person.id)


def regroup(state: Path, arm: object) -> None:
    people = people_of(state)
    _, session = people.sessions.begin(_there(people), "laptop")
    arm()  # type: ignore[operator]
    people._records.checked(session.id, session.created_at, (), None)


def make_token(state: Path, arm: object) -> None:
    from ringwork.control.people.callers import owner

    people = people_of(state)
    prepared = people.machines.prepare("ci", ["support-refunds"], _DAY, owner())
    arm()  # type: ignore[operator]
    people.machines.keep(prepared)


def grant(state: Path, arm: object) -> None:
    from ringwork.control.people.callers import owner

    people = people_of(state)
    hour = timedelta(hours=1)
    asked = people.grants.prepare(
        _there(people).person, ["support-refunds"], "key-making", hour, "ticket 4711"
    )
    people.grants.approvals.keep(asked)
    arm()  # type: ignore[operator]
    people.grants.approvals.decide(asked.id, owner().decider, approves=True)


@pytest.mark.parametrize(
    ("step", "moment", "place"), [(step, *point) for step, points in STEPS.items() for point in points]
)
def test_whatever_it_was_killed_at_rows_and_ledger_tell_the_same(
    tmp_path: Path, store: str | None, step: str, moment: str, place: str
) -> None:
    control, _ = opened(tmp_path, store)
    control.close()
    killed(tmp_path, step, place, moment, steps=__name__)
    control, _ = opened(tmp_path)
    people = control.people
    with control.ledger.export() as lines:
        entries = [json.loads(line) for line in lines]
    done = Counter((each["action"], each["subject"]) for each in entries if "seq" in each)
    sessions = people.sessions.list(limit=10)
    assert {each.id for each in sessions} == _subjects(done, "session.begin")
    assert {each.id for each in sessions if each.ended_at} == _subjects(done, "session.end")
    regrouped = {
        each.id for each in sessions if not each.claims and each.person != "bob" and step == "regroup"
    }
    assert regrouped == _subjects(done, "session.regroup")
    found = people.accounts.list(limit=10)
    assert {each.id for each in found if each.password} == _subjects(done, "person.join")
    assert {each.id for each in found if each.ended_at} == _subjects(done, "person.end")
    assert {each.id for each in people.machines.list(limit=10)} == _subjects(done, "machine-token.create")
    granted = {each.id for each in people.grants.list(limit=10)}
    assert granted == _subjects(done, "approval.approve")
    asked = people.grants.approvals.list(limit=10)
    assert granted == {each.id for each in asked if each.outcome == "approved"}
    # Who is out has no session that would be taken, whatever was still to be ended.
    with_access = {each.id for each in found if each.ended_at is None}
    for each in sessions:
        person = people.accounts.demand(each.person)
        over = people.sessions.why_over(each, person, POLICY, each.created_at)
        assert (over is None) == (
            each.ended_at is None and each.person in with_access and person.issuer == "here"
        )
    control.close()


def _subjects(done: Counter[tuple[str, str]], action: str) -> set[str]:
    return {subject.partition(":")[2] for (each, subject), _ in done.items() if each == action}
