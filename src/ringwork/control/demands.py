"""What a change is asked to find: looked at in the transaction of the change, so that nothing comes between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Is given what is stored before it is changed, and raises Refused when that is not what was expected.
Demand = Callable[[T], None]


def nothing_demanded(_found: object) -> None:
    """Whatever there is may be changed."""
