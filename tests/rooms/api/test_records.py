"""Who wrote a record, as the admin API tells it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from ringwork.control.records.records import LOCAL
from tests.rooms.api.test_pages import pages
from tests.rooms.control.records import batch, told
from tests.rooms.control.world import World


def test_a_history_is_shown_newest_first(client: TestClient, world: World) -> None:
    world.records.take("edge", batch(0, 10, told(1, {"plain": "7"})))
    world.records.take(LOCAL, batch(0, 10, told(2, {"plain": "7"}), told(3, {"plain": "8"})))
    newest, oldest = client.get("/records/order/7").json()["writes"]
    assert (newest["gateway"], oldest["gateway"]) == (None, "edge")
    del newest["entry"]
    assert newest == {
        "at": "2026-11-21T09:00:00Z",
        "actor": "service:billing",
        "credential": None,
        "ring": "internal",
        "api": "orders",
        "version": "v2",
        "operation": "placeOrder",
        "outcome": "answered",
        "status": 201,
        "request": "00000000-0000-7000-8000-000000000002",
        "gateway": None,
    }


@pytest.mark.parametrize(
    "id", ["7", "a?b#c", "日本", "a b", "<x>; rel=next", "a/b", "/", "a//b/", "a.b", "日" * 66]
)
def test_whatever_an_id_is_its_pages_are_read(client: TestClient, world: World, id: str) -> None:
    world.records.take(LOCAL, batch(0, 10, *(told(number, {"plain": id}) for number in range(5))))
    found = [
        each["entry"]
        for page in pages(client, f"/records/order/{quote(id, safe='')}", 2)
        for each in page["writes"]
    ]
    assert len(found) == 5 and found == sorted(found, reverse=True)


def test_what_nobody_wrote_has_no_writes(client: TestClient) -> None:
    assert client.get("/records/order/1").json() == {"writes": [], "next": None}


@pytest.mark.parametrize("path", ["Order/1", "order/" + "a" * 201, "order/%0a", "order/" + "日" * 67])
def test_what_is_no_record_is_refused(client: TestClient, path: str) -> None:
    assert client.get(f"/records/{path}").status_code in (400, 404, 422)
