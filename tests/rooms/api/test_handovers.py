"""`/handovers`: a link that is told once, to the site of whoever it is for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from ringwork.audience import Audience
from ringwork.portal.handing import Handing
from tests.rooms.api.twin import PlaneTwin
from tests.rooms.control.world import World

NAME = "0c1f5a3e-8d0b-4c7e-9f5e-7a9a2f4b6c1d"
SECRETS = {"API key, test": "rw_test_x"}


@pytest.fixture
def account(client: TestClient) -> str:
    assert client.post("/keys", json={"partner": "globex"}).status_code == 201
    accounts = client.get("/accounts").json()["accounts"]
    return str(next(each["id"] for each in accounts if each["kind"] == "partner"))


def hand(client: TestClient, account: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
    body = {"account": account, "secrets": SECRETS} | given
    return client.post("/handovers", json=body, headers=headers)


def test_the_link_is_told_once_and_opens_what_was_given(
    client: TestClient, world: World, account: str
) -> None:
    made = hand(client, account, headers={"idempotency-key": NAME})
    assert made.status_code == 201, made.text
    site, _, token = made.json()["link"].partition("/handover/")
    assert site == "https://partners.acme.test"
    again = hand(client, account, headers={"idempotency-key": NAME})
    assert again.json() == made.json()
    shown = client.get(made.headers["location"])
    assert shown.headers["etag"] == made.headers["etag"] and "link" not in shown.json()
    assert shown.json()["state"] == "waiting" and shown.json()["names"] == ["API key, test"]
    assert world.handovers.open(token) == {"API key, test": "rw_test_x"}
    (listed,) = client.get("/handovers").json()["handovers"]
    assert listed["state"] == "opened" and "rw_test_x" not in str(listed)


def test_one_that_is_ended_leads_nowhere(client: TestClient, world: World, account: str) -> None:
    made = hand(client, account)
    stale = client.delete(made.headers["location"], headers={"if-match": '"0"'})
    assert stale.status_code == 412
    ended = client.delete(made.headers["location"], headers={"if-match": made.headers["etag"]})
    assert ended.json()["state"] == "ended"
    assert world.handovers.behind(made.json()["link"].rpartition("/")[2]) is None


def test_where_nobody_could_open_it_nothing_is_handed_over(
    client: TestClient, plane: PlaneTwin, account: str
) -> None:
    plane.sites = {}
    refused = hand(client, account)
    assert (refused.status_code, refused.json()["code"]) == (409, "site-missing")
    assert client.get("/handovers").json()["handovers"] == []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"secrets": {}}, 422),
        ({"secrets": {"a": "two\nlines"}}, 422),
        ({"secrets": {"x" * 65: "a"}}, 422),
        ({"secrets": {"a": "x" * 5_000}}, 422),
        ({"secrets": {str(number): "x" for number in range(11)}}, 422),
        ({"expires": "31d"}, 400),
    ],
)
def test_what_cannot_be_handed_over_is_refused(
    client: TestClient, account: str, given: dict[str, Any], status: int
) -> None:
    assert hand(client, account, **given).status_code == status


def test_nobody_unknown_is_handed_anything(client: TestClient) -> None:
    assert hand(client, "0123456789abcdef").json()["code"] == "account-unknown"


def test_it_waits_no_longer_than_it_was_told_to(client: TestClient, world: World, account: str) -> None:
    token = hand(client, account, expires="1h").json()["link"].rpartition("/")[2]
    world.now += timedelta(hours=1)
    assert world.handovers.open(token) is None
    assert client.get("/handovers").json()["handovers"][0]["state"] == "expired"


@pytest.mark.parametrize("secrets", ['{"a": "\\ud800"}', '{"\\ud800": "a"}', '{"a": "<b>", "<script>": "x"}'])
def test_whatever_it_is_called_it_is_refused_or_can_be_read(
    client: TestClient, world: World, account: str, secrets: str
) -> None:
    body = f'{{"account": "{account}", "secrets": {secrets}}}'
    made = client.post("/handovers", content=body, headers={"content-type": "application/json"})
    if made.status_code == 422:
        return
    page = Handing(Audience.PARTNER, world.handovers, world.accounts)
    token = made.json()["link"].rpartition("/")[2]
    shown = page.read(token)
    assert shown is not None and shown.plain is not None and b"<script>" not in shown.plain
