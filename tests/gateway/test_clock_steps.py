"""The system's time is set back and forth by hours while a gateway serves: limits neither open nor lock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway
from tests.gateway.support import checkpointed
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, Response, request
from tests.support.running import eventually
from tests.support.stepped_clock import SteppedClock, clock

__all__ = ["clock"]

Launch = Callable[..., Gateway]
HOUR = timedelta(hours=1)
DAY_SECONDS = 86_400
TINY_BURST = 20  # and one a minute
DAILY = 5


def call(node: Node, key: str) -> Response:
    with Connection(node, "public") as connection:
        return connection.exchange(request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key)))


def passing(node: Node, key: str, calls: int = TINY_BURST + 5) -> int:
    """How many of so many calls at once pass; all others must have been refused by a limit."""
    ask = request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key))
    with Connection(node, "public") as connection:
        answers = [connection.exchange(ask).status for _ in range(calls)]
    assert set(answers) <= {200, 429}
    return answers.count(200)


def test_nobody_waits_for_hours_and_nobody_gets_more_than_a_burst(
    node: Node, clock: SteppedClock, launch: Launch, upstream: Upstream
) -> None:
    launch()
    key = node.key("public", plan="tiny").text
    since = time.monotonic()

    def earned() -> int:
        """By the minutes this test takes on a slow machine."""
        return int((time.monotonic() - since) / 60)

    assert TINY_BURST <= passing(node, key) <= TINY_BURST + earned()
    clock.set(-5 * HOUR)
    assert passing(node, key) <= earned(), "what was used stays used"
    assert int(call(node, key).header("retry-after") or 0) <= 60, "and is back within minutes"
    clock.set(-5 * HOUR + timedelta(minutes=3))
    assert 3 <= passing(node, key) <= 3 + earned()
    clock.set(5 * HOUR)
    assert TINY_BURST <= passing(node, key) <= TINY_BURST + earned()
    clock.set(timedelta())
    assert passing(node, key) <= earned()


def test_a_days_quota_holds_when_the_day_comes_twice(
    node: Node, clock: SteppedClock, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    key = node.key("public", plan="daily").text
    noon = DAY_SECONDS / 2 - time.time() % DAY_SECONDS
    clock.set(timedelta(seconds=noon))
    assert passing(node, key) == DAILY
    clock.set(timedelta(seconds=noon) - 5 * HOUR)
    assert passing(node, key) == 0
    tomorrow = timedelta(seconds=noon) + 13 * HOUR
    clock.set(tomorrow)
    assert passing(node, key, 2) == 2, "the next day begins anew"
    clock.set(timedelta(seconds=noon))
    passed = passing(node, key)
    clock.set(tomorrow)
    assert 2 + passed + passing(node, key) == DAILY, "both days together have what two days have"
    gateway.eventually(lambda: sum(checkpointed(node).values()) == DAILY)
    gateway.kill()
    launch()
    assert passing(node, key) == 0, "a restart changes nothing"


def test_a_key_ends_by_the_wall_clock(
    node: Node, clock: SteppedClock, launch: Launch, upstream: Upstream
) -> None:
    launch()
    key = node.key("public", expires_at=int(clock.now()) + 3600).text
    for ahead, status in ((0, 200), (2, 401), (0, 200), (-5, 200), (5, 401)):
        clock.set(ahead * HOUR)
        assert call(node, key).status == status, ahead


def test_revisions_go_up_whatever_the_time(
    node: Node, clock: SteppedClock, launch: Launch, upstream: Upstream
) -> None:
    gateway = launch()
    for ahead in (5, -5, 0, -10):
        clock.set(ahead * HOUR)
        gateway.serves_revision(node.publish())
    gateway.kill()
    newest = node.revision
    gateway = launch()
    gateway.serves_revision(newest)
    node.publish(revision=newest - 1)
    assert gateway.refuses_revision(newest - 1) == "revision_fell"


def test_the_log_keeps_its_newest_lines(
    node: Node, clock: SteppedClock, launch: Launch, upstream: Upstream
) -> None:
    launch("--log-max-bytes", "4096", "--log-keep", "2")
    key = node.key("public", application="early").text
    passing(node, key, 40)
    clock.set(-5 * HOUR)
    late = node.key("public", application="late").text
    folder = node.root / "log"

    def has_rotated() -> bool:
        passing(node, late, 1)
        files = sorted(folder.glob("access-*.ndjson"))
        assert len(files) <= 2
        return len(files) == 2 and '"late"' in files[-1].read_text()

    # As many lines as wait are written at once, and only then is the file too long: how often is not said.
    eventually(has_rotated)
