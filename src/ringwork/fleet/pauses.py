"""Pauses between tries at something that is away, of random length so that many do not come back in one moment."""

from __future__ import annotations

import random

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30.0


class Pauses:
    """Twice as long each time, up to a bound; between half and all of it, at random."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._next = FIRST_PAUSE_SECONDS

    def next(self) -> float:
        pause = self._next * random.uniform(0.5, 1.0)
        self._next = min(self._next * 2, LONGEST_PAUSE_SECONDS)
        return pause
