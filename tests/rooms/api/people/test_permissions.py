"""Every operation needs what it says, and who has it not is refused before anything is done."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.api.application import openapi_document
from ringwork.api.permissions import NEEDED, Permitted
from ringwork.intent.people import GroupIntent, PeopleIntent
from ringwork.manifest.permissions import PERMISSIONS
from tests.rooms.api.people.running import ControlPlane

OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in openapi_document()["paths"].items()
    for method, operation in item.items()
}


def test_the_table_is_of_all_operations_and_of_no_others() -> None:
    assert set(NEEDED) == {*OPERATIONS, "openapi"}


def test_every_permission_is_needed_by_an_operation() -> None:
    assert {*NEEDED.values()} - {None} == {*PERMISSIONS}


def test_an_operation_that_is_not_in_the_table_keeps_the_api_from_starting() -> None:
    async def nothing(scope: object, receive: object, send: object) -> None: ...

    with pytest.raises(LookupError, match="who_am_i"):
        Permitted(nothing, [], lambda grant: None)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_document_says_what_is_needed(operation: str) -> None:
    needed = NEEDED[operation]
    assert OPERATIONS[operation][2]["security"] == [{"token": [] if needed is None else [needed]}]


def test_whoever_has_everything_but_what_is_needed_is_refused(here: ControlPlane) -> None:
    every = {
        each: GroupIntent(f"all-but-{each}", "x", tuple({*PERMISSIONS} - {each})) for each in PERMISSIONS
    }
    here.world.policy = PeopleIntent(groups=tuple(every.values()))
    tokens: dict[str, Any] = {}
    for needed, group in every.items():
        made = here.owner.post("/machine-tokens", json={"name": "x", "groups": [group.name]})
        tokens[needed] = made.json()["token"]
    before = here.actions()
    for name, (method, path, _) in OPERATIONS.items():
        lacking = NEEDED[name]
        if lacking is None:
            continue
        target = path.replace("{name}", "outer").replace("{revision}", "1")
        for given in (
            "{key_id}",
            "{handle}",
            "{person_id}",
            "{session_id}",
            "{invitation_id}",
            "{token_id}",
            "{account_id}",
            "{application_id}",
        ):
            target = target.replace(given, "0123456789ab")
        with here.as_(tokens[lacking]) as client:
            refused = client.request(method, target)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing"), name
        assert lacking in refused.headers["www-authenticate"]
    assert here.actions() == before


@pytest.mark.parametrize("token", ["x", "rws_" + "x" * 43, "rwm_" + "x" * 43, "rws_", "é", "x" * 10_000])
def test_what_is_no_token_is_refused(here: ControlPlane, token: str) -> None:
    refused = here.http.get("/status", headers={b"authorization": f"Bearer {token}".encode()})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize(
    "path", ["/login/../status", "/login/%2e%2e/status", "//login", "/loginstatus", "/join/../keys"]
)
def test_nothing_but_the_entrance_is_open(here: ControlPlane, path: str) -> None:
    answer = here.http.build_request("GET", here.url + "/x")
    answer.url = answer.url.copy_with(raw_path=path.encode())
    found = here.http.send(answer)
    assert found.status_code in (401, 404), found.text
