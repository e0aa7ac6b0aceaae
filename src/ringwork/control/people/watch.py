"""Asks the provider again, beside everything else: it may be slow, or away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ringwork.control.people.people import People
from ringwork.control.people.provider.words import Unanswered
from ringwork.kernel.refusal import Refused

_TICK_S = 0.5
_PAUSE_S = 5.0
_TOLD_AGAIN_S = 60.0
_PATIENCE_S = 10.0


class Watch:
    """From `start` to `stop`; `say` hears what goes wrong, once a minute."""

    def __init__(self, people: People, say: Callable[[str], None]) -> None:
        self._people = people
        self._say = say
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="people", daemon=True)
        self._told_at: float | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        pause = _TICK_S
        while not self._stop.wait(pause):
            try:
                self._people.check_again()
                pause = _TICK_S
            except Unanswered as unanswered:
                pause = _PAUSE_S
                self._tell(f"people cannot be checked: {unanswered}")
            except Refused as refused:
                pause = _PAUSE_S
                self._tell(f"{refused.message} ({refused.code})")

    def _tell(self, what: str) -> None:
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= _TOLD_AGAIN_S:
            self._told_at = now
            self._say(what)
