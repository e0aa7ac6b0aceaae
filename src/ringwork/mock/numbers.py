"""Numbers a schema describes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import TypeGuard

from ringwork.mock.document import Json, Schema

_USUAL_LOWEST, _USUAL_WIDTH = 1, 999


def number(schema: Schema, random: Random, *, whole: bool) -> int | float:
    """Within the bounds where there is such a number; 1 to 1000 where none is said."""
    low, high = _range(schema, 1 if whole else 1e-6)
    step = schema.get("multipleOf")
    if is_number(step) and step > 0:
        return _multiple(low, high, step, random, whole=whole)
    if whole:
        first, last = math.ceil(low), math.floor(high)
        return random.randint(first, last) if first <= last else first
    made = round(random.uniform(low, high), 2)
    return made if low <= made <= high else low + (high - low) / 2


def _multiple(low: float, high: float, step: float, random: Random, *, whole: bool) -> int | float:
    first, last = math.ceil(low / step), math.floor(high / step)
    made = random.randint(first, max(first, last)) * step
    return int(made) if whole and float(made).is_integer() else made


def _range(schema: Schema, apart: float) -> tuple[float, float]:
    """Closed bounds; numbers next to each other are `apart`."""
    lowest, highest = _bounds(schema, "minimum"), _bounds(schema, "maximum")
    low = max((bound + apart if is_open else bound for bound, is_open in lowest), default=None)
    high = min((bound - apart if is_open else bound for bound, is_open in highest), default=None)
    if low is None:
        low = _USUAL_LOWEST if high is None or high >= _USUAL_LOWEST else high - _USUAL_WIDTH
    return low, low + _USUAL_WIDTH if high is None else high


def _bounds(schema: Schema, keyword: str) -> Iterator[tuple[float, bool]]:
    """(bound, whether it is excluded); OpenAPI 3.0 excludes by a boolean, 3.1 by a bound of its own."""
    closed, opened = schema.get(keyword), schema.get(f"exclusive{keyword.capitalize()}")
    if is_number(closed):
        yield closed, opened is True
    if is_number(opened):
        yield opened, True


def is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
