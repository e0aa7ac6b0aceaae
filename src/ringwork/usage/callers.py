"""Who called what on the internal ring, as the access log has it."""

from __future__ import annotations

from collections.abc import Iterable

from ringwork.usage.log import Call

# Callers times APIs beyond which nothing new is looked at.
MOST_PAIRS = 100_000
_KEPT_OUT = frozenset({"caller_not_named", "group_missing"})


def calls_inside(calls: Iterable[Call]) -> dict[tuple[bool, str, str], tuple[int, int]]:
    """Whether it is a person, consumer and API → calls that were let pass, and that were kept out by who called.

    People have a name with a colon in it, which no service has.
    """
    found: dict[tuple[bool, str, str], tuple[int, int]] = {}
    for call in calls:
        if call.get("ring") != "internal" or "api" not in call or "consumer" not in call:
            continue
        consumer = str(call["consumer"])
        pair = (":" in consumer, consumer, str(call["api"]))
        if pair not in found and len(found) >= MOST_PAIRS:
            continue
        passed, refused = found.get(pair, (0, 0))
        is_refused = call.get("code") in _KEPT_OUT
        found[pair] = (passed, refused + 1) if is_refused else (passed + 1, refused)
    return found
