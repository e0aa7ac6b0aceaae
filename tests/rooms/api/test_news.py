"""Nodes elsewhere wait for news, all on one event loop."""

from __future__ import annotations

import asyncio
import threading
import time

from ringwork.api.nodes import News
from ringwork.fleet.remote.distribution import Tip


class _SlowStore:
    """Answers when it is let, after the first time."""

    def __init__(self) -> None:
        self.looks = 0
        self.may_answer = threading.Event()

    def tip(self) -> Tip:
        self.looks += 1
        if self.looks > 1:
            assert self.may_answer.wait(10)
        return Tip(None, "epoch", self.looks)


def test_a_slow_store_holds_up_nobody_else_and_is_asked_once_for_all_who_wait() -> None:
    store = _SlowStore()
    news = News(store.tip)

    async def serve() -> list[Tip]:
        seen = await news.tip()
        await asyncio.sleep(0.1)  # the last look is an old one now
        deadline = time.monotonic() + 10
        waiting = [asyncio.create_task(news.after(seen, deadline)) for _ in range(5)]
        while store.looks < 2:  # noqa: ASYNC110 (a thread raises it)
            await asyncio.sleep(0.01)
        # The store is being asked, and the loop still turns.
        store.may_answer.set()
        await asyncio.gather(*waiting)
        return [seen, await news.tip()]

    before, after = asyncio.run(serve())
    assert before != after
    assert store.looks <= 3, "one look for all five, and perhaps one for the last line"
