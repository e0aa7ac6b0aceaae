"""Lists, a page at a time: everything once, whatever is added meanwhile."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.rooms.api.twin import PlaneTwin


def made_keys(client: TestClient, count: int) -> list[str]:
    return [client.post("/keys", json={"partner": "globex"}).json()["id"] for _ in range(count)]


def pages(client: TestClient, path: str, limit: int) -> list[dict[str, Any]]:
    """All there are, each found by the link of the one before, which says what `next` says."""
    found, target = [], f"{path}?limit={limit}"
    while target:
        answer = client.get(target)
        found.append(answer.json())
        link = answer.links.get("next", {})
        target = link.get("url", "")
        assert ("cursor=" + (found[-1]["next"] or "") in target) if target else found[-1]["next"] is None
    return found


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6])
def test_every_row_is_on_one_page(client: TestClient, count: int) -> None:
    made = made_keys(client, count)
    found = pages(client, "/keys", 2)
    assert [key["id"] for page in found for key in page["keys"]] == made
    assert len(found) == max(1, -(-count // 2))


def test_what_is_added_meanwhile_moves_nothing(client: TestClient) -> None:
    made = made_keys(client, 4)
    first = client.get("/keys?limit=2").json()
    added = made_keys(client, 2)
    client.delete(f"/keys/{made[2]}")
    rest = client.get("/keys", params={"cursor": first["next"]}).json()
    assert [key["id"] for key in (*first["keys"], *rest["keys"])] == made + added


def test_identities_are_paged(client: TestClient) -> None:
    for _ in range(3):
        client.post("/identities/tokens", json={"service": "orders"})
    found = [each["handle"] for page in pages(client, "/identities", 1) for each in page["identities"]]
    assert len(found) == 3 and found == sorted(found)


def test_revisions_are_paged_newest_first_and_have_one_tag(client: TestClient, plane: PlaneTwin) -> None:
    plane.newest = 5
    found = [each["revision"] for page in pages(client, "/revisions", 2) for each in page["revisions"]]
    assert found == [5, 4, 3, 2, 1]
    first = client.get("/revisions?limit=2")
    second = client.get(first.links["next"]["url"])
    assert first.headers["etag"] == second.headers["etag"] == client.get("/revisions/5").headers["etag"]


@pytest.mark.parametrize("limit", ["-5", "0", "1001", "many", ""])
def test_a_page_has_a_bound(client: TestClient, limit: str) -> None:
    assert client.get("/keys", params={"limit": limit}).status_code == 422


def test_a_cursor_of_another_list_is_refused(client: TestClient) -> None:
    made_keys(client, 2)
    cursor = client.get("/keys?limit=1").json()["next"]
    refused = [("/identities", cursor), ("/revisions", cursor), ("/keys", "A")]
    for path, position in (("/keys", ""), ("/keys", "\0"), ("/revisions", "one"), ("/revisions", "9" * 30)):
        text = f"{path}\n{position}".encode()
        refused.append((path, base64.urlsafe_b64encode(text).decode().rstrip("=")))
    for path, given in refused:
        answer = client.get(path, params={"cursor": given})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-unknown")


def test_a_word_that_is_not_known_is_not_passed_over(client: TestClient) -> None:
    assert client.get("/keys", params={"after": "k00000000000"}).status_code == 422
