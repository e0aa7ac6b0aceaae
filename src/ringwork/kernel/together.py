"""Work done by two threads at a time, where most of it is Rust's, which other threads need not wait for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

# More would hold more contracts in memory at a time, and take processors from the gateway.
AT_ONCE = min(2, len(os.sched_getaffinity(0)))


def together(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What `work` makes of each, in the order given. No more is begun than is soon asked for. Raises what it raises."""
    rest = iter(given)
    begun: list[Future[Made]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun += (pool.submit(work, one) for one in islice(rest, 2 * AT_ONCE))
        while begun:
            yield begun.pop(0).result()
            begun += (pool.submit(work, one) for one in islice(rest, 1))
