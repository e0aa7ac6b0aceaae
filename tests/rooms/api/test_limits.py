"""How often one credential may call the admin API."""

from __future__ import annotations

import pytest

from ringwork.api.limits import Limit, Limits
from tests.rooms.api.twin import PlaneTwin, client_of

SECOND = 1_000_000_000
NOW = 86_400 * SECOND


@pytest.fixture
def store() -> None:
    """What is told here is no matter of the database."""


def test_a_burst_is_taken_and_then_one_an_interval() -> None:
    limits = Limits(Limit(per_minute=60, burst=3))
    assert [limits.take("a", NOW).wait_s for _ in range(4)] == [0, 0, 0, 1]
    assert limits.take("b", NOW).wait_s == 0
    assert [limits.take("a", NOW + SECOND).wait_s for _ in range(2)] == [0, 1]
    assert [limits.take("a", NOW + 60 * SECOND).left for _ in range(3)] == [2, 1, 0]


def test_who_is_refused_is_not_made_to_wait_longer_for_it() -> None:
    limits = Limits(Limit(per_minute=1, burst=1))
    limits.take("a", NOW)
    assert {limits.take("a", NOW).wait_s for _ in range(100)} == {60}
    assert limits.take("a", NOW + 60 * SECOND).wait_s == 0


def test_callers_that_are_idle_are_forgotten() -> None:
    limits = Limits(Limit(per_minute=60, burst=1))
    for number in range(25_000):
        limits.take(str(number), NOW + number * SECOND)
    assert len(limits._done_at) <= 10_000


def test_answers_say_how_the_limit_stands_and_when_to_come_again(plane: PlaneTwin) -> None:
    client = client_of(plane, Limit(per_minute=1, burst=2))
    first, second, third = (client.post("/revisions", json={"estate": "/srv"}) for _ in range(3))
    assert first.headers["ratelimit-policy"] == '"minute";q=1;w=60;burst=2'
    assert first.headers["ratelimit"].startswith('"minute";r=1;t=') and "retry-after" not in first.headers
    assert second.is_success and third.status_code == 429 and third.json()["code"] == "rate-limited"
    assert 0 < int(third.headers["retry-after"]) <= 60
    assert len(plane.applied) == 2


def test_who_has_no_token_takes_nothing_of_it(plane: PlaneTwin) -> None:
    client = client_of(plane, Limit(per_minute=1, burst=1))
    for _ in range(3):
        assert client.get("/status", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/status").status_code == 200
