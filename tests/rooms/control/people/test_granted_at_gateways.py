"""What is granted is told to gateways with the change that grants it, under a hash, and taken back the same way."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ringwork.control.approvals.model import Decider
from ringwork.control.people.model import HERE, Arrived, Person
from ringwork.intent.people import BreakGlass, GrantTerms, GroupIntent, PeopleIntent
from tests.rooms.control.world import NOW, World

ISSUER = "https://idp.test"
TERMS = GrantTerms(3600, ("deciding",), break_glass=BreakGlass(("support",), 1800))
POLICY = PeopleIntent(
    (
        GroupIntent("deciding", "Decides.", ("people",)),
        GroupIntent("support", "Looks.", ("read",), {"groups": ("support",)}),
        GroupIntent("refunds", "Refunds.", (), grants=TERMS),
    )
)
DECIDER = Decider("person:carol", "carol", ("deciding",))


@pytest.fixture
def world(tmp_path: Path, store: str | None) -> World:
    world = World(tmp_path, store=store)
    world.policy = POLICY
    return world


def logged_in(world: World, issuer: str = ISSUER) -> Person:
    groups = ("support",) if issuer == HERE else ()
    person = Person(issuer.encode().hex()[:16], issuer, "alice", "Alice", NOW, groups)
    world.people.sessions.begin(Arrived(person, (("groups", "support"),), None, "r"), "laptop")
    return person


def granted(world: World, person: Person) -> str:
    grants = world.people.grants
    asked = grants.prepare(person, ("support",), "refunds", timedelta(minutes=30), "ticket 1")
    grants.approvals.keep(asked)
    assert world.node.granted == {}
    grants.approvals.decide(asked.id, DECIDER, True)
    return asked.id


def test_a_grant_is_known_to_the_node_when_it_is_approved_and_nobody_is_named(world: World) -> None:
    grant = granted(world, logged_in(world))
    assert world.node.granted[grant] == {
        "change": "put_grant",
        "person": sha256(f"{ISSUER}\0alice".encode()).hexdigest(),
        "id": grant,
        "group": "refunds",
        "until": int((NOW + timedelta(minutes=30)).timestamp()),
    }
    assert "alice" not in str(world.node.granted).lower()


def test_one_that_is_taken_without_approval_too(world: World) -> None:
    grants = world.people.grants
    taken = grants.prepare_break_glass(
        logged_in(world), ("support",), "refunds", timedelta(minutes=5), "incident"
    )
    grants.take(taken)
    assert [*world.node.granted] == [taken.id]


def test_it_is_gone_when_it_was_ended_and_when_its_person_is_removed(world: World) -> None:
    person = logged_in(world)
    world.people.grants.end(granted(world, person), "done")
    assert world.node.granted == {}
    granted(world, person)
    world.people.accounts.end(person.id)
    assert world.node.granted == {}


def test_accounts_that_are_here_are_told_to_nobody(world: World) -> None:
    granted(world, logged_in(world, HERE))
    assert world.node.granted == {}


def test_a_node_that_was_away_is_told_when_it_is_back_and_a_new_one_too(world: World) -> None:
    person = logged_in(world)
    world.node.broken = True
    with pytest.raises(OSError):
        granted(world, person)
    world.node.repaired()
    world.identity.bring_up_to_date()
    assert len(world.node.granted) == 1
    world.node.start_over()
    world.identity.bring_up_to_date()
    assert len(world.node.granted) == 1


def test_what_is_forgotten_is_forgotten_at_nodes(world: World) -> None:
    granted(world, logged_in(world))
    world.now += timedelta(days=500)
    world.people.grants.forget_old()
    world.identity.bring_up_to_date()
    assert world.node.granted == {}
