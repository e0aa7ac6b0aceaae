"""Programs that are nobody's call with tokens of their own, which end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringwork.control.people import accounts, machines
from tests.rooms.api.people.running import ControlPlane

CI = {"name": "ci-orders", "groups": ["support-refunds"], "expires": "30d"}


def test_a_machine_may_do_what_its_groups_may_until_its_end(here: ControlPlane) -> None:
    made = here.owner.post("/machine-tokens", json=CI).json()
    machine = here.as_(made["token"])
    assert machine.get("/whoami").json()["actor"] == "machine:ci-orders"
    assert machine.get("/keys").status_code == 200
    assert machine.post("/machine-tokens", json=CI).status_code == 403
    assert made["token"] not in here.world.everything_stored()
    here.later(days=30)
    refused = machine.get("/keys")
    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")


def test_a_revoked_one_is_refused_at_its_next_call_and_a_second_one_goes_on(here: ControlPlane) -> None:
    one, two = (here.owner.post("/machine-tokens", json=CI).json() for _ in range(2))
    revoked = here.owner.delete(f"/machine-tokens/{one['id']}").json()
    assert revoked["revoked_at"] is not None
    assert here.as_(one["token"]).get("/status").status_code == 401
    assert here.as_(two["token"]).get("/status").status_code == 200
    assert here.actions() == ["machine-token.create", "machine-token.create", "machine-token.revoke"]
    listed = here.owner.get("/machine-tokens").json()["machine_tokens"]
    assert [each["used_at"] is None for each in listed if each["id"] == two["id"]] == [False]


def test_what_a_machine_does_names_it_and_its_token(here: ControlPlane) -> None:
    made = here.owner.post("/machine-tokens", json=CI | {"groups": ["platform-operations"]}).json()
    order = {"ring": "public", "consumer": "dev", "plan": "free"}
    assert here.as_(made["token"]).post("/keys", json=order).status_code == 201
    entry = here.entries()[-1]
    assert (entry["actor"], entry["credential"]) == ("machine:ci-orders", f"machine-token:{made['id']}")


def test_a_group_that_is_taken_out_of_the_estate_gives_nothing_any_more(here: ControlPlane) -> None:
    made = here.owner.post("/machine-tokens", json=CI).json()
    groups = tuple(each for each in here.world.policy.groups if each.name != "support-refunds")
    here.world.policy = replace(here.world.policy, groups=groups)
    assert here.as_(made["token"]).get("/status").status_code == 403


def test_the_tokens_that_are_good_at_once_have_a_bound(
    here: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "MOST_GOOD", 1)
    monkeypatch.setattr(accounts, "MOST_OPEN", 1)
    made = here.owner.post("/machine-tokens", json=CI).json()
    assert here.owner.post("/machine-tokens", json=CI).json()["code"] == "machine-tokens-too-many"
    here.owner.delete(f"/machine-tokens/{made['id']}")
    assert here.owner.post("/machine-tokens", json=CI).status_code == 201
    here.invited("bob", "support-refunds")
    order = {"name": "carol", "groups": ["support-refunds"]}
    assert here.owner.post("/invitations", json=order).json()["code"] == "invitations-too-many"


def test_a_group_nobody_knows_and_a_lifetime_beyond_the_bound_are_refused(here: ControlPlane) -> None:
    for order, code in (
        (CI | {"groups": ["admins"]}, "group-unknown"),
        (CI | {"expires": "367d"}, "lifetime-too-long"),
    ):
        refused = here.owner.post("/machine-tokens", json=order)
        assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_a_token_that_is_asked_for_again_is_the_same_and_after_the_right_is_gone_it_is_not_told(
    here: ControlPlane,
) -> None:
    maker = here.owner.post("/machine-tokens", json=CI | {"groups": ["onboarding"]}).json()
    named = {"idempotency-key": "0c1f5a3e-8d0b-4c7e-9f5e-7a9a2f4b6c1d"}
    order = CI | {"groups": ["onboarding"]}
    with here.as_(maker["token"]) as client:
        first, again = (client.post("/machine-tokens", json=order, headers=named) for _ in range(2))
        assert first.status_code == 201 and first.content == again.content
        here.world.policy = replace(here.world.policy, groups=here.world.policy.groups[:2])
        assert client.post("/machine-tokens", json=order, headers=named).status_code == 403
