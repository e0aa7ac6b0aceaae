"""Whoever changes something can say what he has seen of it, and nobody comes between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from ringwork.control.store.tables import ledger
from tests.rooms.api.twin import PlaneTwin
from tests.rooms.control.world import World

READABLE = [
    "/keys",
    "/identities",
    "/revisions",
    "/revisions/1",
    "/status",
    "/signing-key",
    "/authorities/outer",
]
# What is changed, and where its ETag is read.
CHANGES: list[tuple[str, dict[str, Any] | None, str]] = [
    ("/revisions", {"estate": "/srv/estate"}, "/revisions"),
    ("/revisions/1/rollback", None, "/revisions"),
    ("/signing-key/rotate", {}, "/signing-key"),
    ("/authorities/internal/rotate", {}, "/authorities/internal"),
]


def made_key(client: TestClient) -> tuple[str, str]:
    """Its place and its ETag."""
    made = client.post("/keys", json={"partner": "globex"})
    return made.headers["location"], made.headers["etag"]


@pytest.mark.parametrize("path", READABLE)
def test_what_is_known_is_not_told_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = client.get(path, headers={"if-none-match": known})
        assert (answer.status_code, answer.headers["etag"], answer.content) == (304, tag, b"")
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_condition_that_cannot_be_read_holds_for_nothing(client: TestClient) -> None:
    place, tag = made_key(client)
    for given in ("other", tag.strip('"'), tag[:-1], '"a" "b"', "*, *", ""):
        assert client.get(place, headers={"if-none-match": given}).status_code == 200
        assert client.delete(place, headers={"if-match": given}).status_code == 412
    assert client.get(place).json()["revoked_at"] is None


def test_a_key_is_revoked_only_as_it_was_seen(client: TestClient) -> None:
    place, tag = made_key(client)
    assert client.get(place).headers["etag"] == tag
    assert client.delete(place, headers={"if-match": f'"other", W/{tag}'}).status_code == 412
    assert client.get(place).json()["revoked_at"] is None
    ended = client.delete(place, headers={"if-match": f'"other", {tag}'})
    assert ended.json()["revoked_at"] and ended.headers["etag"] == client.get(place).headers["etag"] != tag
    assert client.delete(place, headers={"if-match": tag}).json()["code"] == "changed-meanwhile"
    assert client.delete(place, headers={"if-match": "*"}).status_code == 200


def test_an_identity_is_revoked_only_as_it_was_seen(client: TestClient) -> None:
    place = client.post("/identities/tokens", json={"service": "orders"}).headers["location"]
    tag = client.get(place).headers["etag"]
    assert client.delete(place, headers={"if-match": '"other"'}).status_code == 412
    assert client.delete(place, headers={"if-match": tag}).headers["etag"] != tag
    assert client.delete(place, headers={"if-match": tag}).status_code == 412


def test_what_is_not_there_is_missing_whatever_is_expected_of_it(client: TestClient) -> None:
    for path in ("/keys/nobody", "/identities/0f"):
        assert client.delete(path, headers={"if-match": "*"}).status_code == 404
        assert client.get(path, headers={"if-none-match": "*"}).status_code == 404


@pytest.mark.parametrize(("path", "body", "seen"), CHANGES)
def test_nothing_is_changed_that_is_not_as_it_was_seen(
    plane: PlaneTwin, client: TestClient, path: str, body: dict[str, Any] | None, seen: str
) -> None:
    tag = client.get(seen).headers["etag"]
    assert client.post(path, json=body, headers={"if-match": '"other"'}).status_code == 412
    assert (plane.newest, plane.rotated) == (1, [])
    assert client.post(path, json=body, headers={"if-match": tag}).status_code == 200
    assert client.post(path, json=body, headers={"if-match": tag}).status_code == 412
    assert plane.newest + len(plane.rotated) == 2


def test_of_many_who_saw_the_same_one_changes_it(client: TestClient, world: World, tmp_path: Path) -> None:
    place, tag = made_key(client)

    def revoke(_: int) -> int:
        answer = client.delete(place, headers={"if-match": tag})
        return int(answer.status_code)

    with ThreadPoolExecutor(8) as callers:
        answers = sorted(callers.map(revoke, range(16)))
    assert answers == [200] + [412] * 15
    with world.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ledger)).scalar_one() == 2
