"""From what an agreement says about limits to what a gateway counts."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from ringwork.intent.model import Limit


def limit(per_minute: int, burst_factor: float, per_day: int | None = None) -> Limit:
    """`burst = max(1, floor(per_minute × burst_factor))`.

    The factor counts as the decimal that was written: 100 × 0.29 is 29, though not in binary floating point.
    """
    return Limit(per_minute, max(1, floor(per_minute * Fraction(str(burst_factor)))), per_day)
