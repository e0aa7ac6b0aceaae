"""Durations as a histogram of bounded size, exact to one per cent."""

from __future__ import annotations

import math
from collections import Counter

# Bucket n holds durations up to RATIO ** n: a quantile is at most 1 % above the true one.
_RATIO = 1.01
_LOG_RATIO = math.log(_RATIO)
# 2^63 µs: no duration needs more buckets, and no damaged line makes them.
_LAST_BUCKET = math.ceil(63 * math.log(2) / _LOG_RATIO)


class Histogram:
    """Counts durations in microseconds; at most some 4,400 buckets, whatever is put in."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self._count = 0

    def add(self, duration_us: float) -> None:
        bucket = 0 if duration_us <= 1 else math.ceil(math.log(duration_us) / _LOG_RATIO - 1e-9)
        self._buckets[min(bucket, _LAST_BUCKET)] += 1
        self._count += 1

    def quantile_us(self, share: float) -> float | None:
        """The duration that `share` (0 to 1) of all do not exceed; None when there are none."""
        wanted, seen = max(1, math.ceil(share * self._count)), 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return _RATIO**bucket
        return None
