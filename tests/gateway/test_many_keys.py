"""Very many keys on one node: loaded, revoked and ended while calls go on. (A million of them: `make bench`.)"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from tests.gateway.node import HOSTS, Node
from tests.gateway.process import Gateway, wait_for
from tests.gateway.support import call
from tests.gateway.upstream import Upstream
from tests.gateway.wire import Connection, request

Launch = Callable[..., Gateway]

MANY = 100_000
BATCH = 10_000


@contextmanager
def calls(node: Node, key: str) -> Iterator[list[int]]:
    """Statuses of calls with this key, for as long as this lasts."""
    done, statuses = threading.Event(), list[int]()
    ask = request("GET", "/shop/v1/orders", HOSTS["public"], ("X-Api-Key", key))

    def run() -> None:
        with Connection(node, "public") as connection:
            while not done.is_set():
                statuses.append(connection.exchange(ask).status)
                time.sleep(0.002)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield statuses
    finally:
        done.set()
        thread.join()


def exceeds(statuses: list[int], count: int) -> bool:
    return len(statuses) > count


def changes(kind: str, numbers: range) -> list[dict[str, object]]:
    """Of keys nobody holds: the node knows hashes only."""
    ids = [f"{number * 7_919 % 1_000_003:012d}" for number in numbers]
    if kind == "delete_key":
        return [{"change": kind, "id": id} for id in ids]
    given = {
        "ring": "public",
        "environment": "test",
        "consumer": "dev-2",
        "application": "app",
        "plan": "free",
    }
    return [{"change": kind, "id": id, "sha256": f"{int(id):064x}", **given} for id in ids]


def test_calls_go_on_while_very_many_keys_are_loaded_and_taken_away(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    launch()
    with calls(node, node.key("public").text) as statuses:
        for kind in ("put_key", "delete_key"):
            for start in range(0, MANY, BATCH):
                node.change_identity(*changes(kind, range(start, start + BATCH)))
                seen = len(statuses)
                wait_for(partial(exceeds, statuses, seen), lambda: "calls have stopped")
    assert set(statuses) == {200}


def test_a_key_among_very_many_is_revoked_and_ends_at_once(
    node: Node, launch: Launch, upstream: Upstream
) -> None:
    for start in range(0, MANY, BATCH):
        node.change_identity(*changes("put_key", range(start, start + BATCH)))
    launch()
    revoked, ended, kept = (node.key("public") for _ in range(3))
    with calls(node, kept.text) as statuses:
        for key in (revoked, ended):
            assert call(node, "public", ("X-Api-Key", key.text)).status == 200
        node.change_identity({"change": "delete_key", "id": revoked.id})
        put = changes("put_key", range(1))[0]
        gone = put | {"id": ended.id, "sha256": ended.sha256, "expires_at": int(time.time()) - 1}
        node.change_identity(gone)
        for key in (revoked, ended):
            assert call(node, "public", ("X-Api-Key", key.text)).status == 401
    assert set(statuses) == {200}
