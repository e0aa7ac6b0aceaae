"""A wall clock that a test sets, for the real processes it starts; their other clocks go on."""

from __future__ import annotations

import struct
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.preloaded import built


class SteppedClock:
    """For every process that is started while it is installed."""

    def __init__(self, folder: Path) -> None:
        self._library = built("stepped_clock", folder)
        self._moved = folder / "moved"
        self.set(timedelta())

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STEPPED_CLOCK", str(self._moved))
        monkeypatch.setenv("LD_PRELOAD", str(self._library))

    def set(self, ahead: timedelta) -> None:
        """So far ahead of the true time (behind it, where negative), from this moment on."""
        # In place: the processes have it mapped.
        with self._moved.open("r+b" if self._moved.exists() else "wb") as file:
            file.write(struct.pack("q", int(ahead.total_seconds()) * 1_000_000_000))
        self._ahead = ahead

    def now(self) -> float:
        """What those processes take the time for; Unix seconds."""
        return time.time() + self._ahead.total_seconds()


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SteppedClock:
    folder = tmp_path / "clock"
    folder.mkdir()
    made = SteppedClock(folder)
    made.install(monkeypatch)
    return made
