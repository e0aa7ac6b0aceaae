"""What a change is asked to find: looked at in the transaction of the change, so that nothing comes between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Is given what is stored before it is changed, and raises Refused when that is not what was expected.
Demand = Callable[[T], None]
# Is given what will be stored, in the same transaction, when nothing can come between any more: so that an answer can
# be kept with what it tells. Is not called where nothing changes.
Foretold = Callable[[T], None]


def nothing_demanded(_found: object) -> None:
    """Whatever there is may be changed."""


def nothing_foretold(_changed: object) -> None:
    """Nobody need know before it is done."""
