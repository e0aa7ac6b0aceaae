"""Scopes as alternatives: all names of any one of them; no alternative: nothing is demanded."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

Alternatives = tuple[tuple[str, ...], ...]

_MOST = 64


def all_of(demands: Iterable[Alternatives]) -> Alternatives:
    """What satisfies every one of `demands`. Where that would be too many alternatives: one, with all there is."""
    return reduce(_both, demands, ())


def _both(one: Alternatives, other: Alternatives) -> Alternatives:
    if not one or not other:
        return one or other
    pairs = {frozenset((*first, *second)) for first in one for second in other}
    least = sorted(tuple(sorted(pair)) for pair in pairs if not any(less < pair for less in pairs))
    return tuple(least) if len(least) <= _MOST else (tuple(sorted(frozenset().union(*pairs))),)
