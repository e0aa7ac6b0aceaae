"""Documents in memory, compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ringwork import _native
from ringwork.difference.comparing import compare
from ringwork.difference.model import Level
from ringwork.difference.report import Cause, Difference
from tests.rooms.difference.pairs import pairs


def contract(document: Any, name: str = "api.json") -> _native.Contract:
    data = json.dumps(document).encode()
    return _native.Contract.load(name, lambda base, reference: (name, data), [])


def difference(old: Any, new: Any, *, flat: bool = True) -> Difference:
    return compare(contract(old), contract(new), ("old", "new"), flat=flat)


def levels(causes: Iterable[Cause]) -> list[str]:
    return sorted(f"{cause.id}={int(cause.level)}" for cause in causes)


def our_levels() -> dict[str, Level]:
    """Of each id the worst level it is said at, over all pairs: what the table publishes.

    Not where the provider calls, nor within `not`: there everything is the other way round.
    """
    found: dict[str, Level] = {}
    for pair in pairs():
        for one in difference(pair.old, pair.new).flat:
            use = one.place.use
            if use.direction is not use.side or one.place.inverted:
                continue
            found[one.id] = max(one.level, found.get(one.id, Level.INFO))
    return found
