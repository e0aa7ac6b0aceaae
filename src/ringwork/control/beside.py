"""Work beside everything else, which may have to wait for others: they may be slow, or away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ringwork.kernel.refusal import Refused

_TICK_S = 0.5
_PAUSE_S = 5.0
_TOLD_AGAIN_S = 60.0
_PATIENCE_S = 10.0


class Beside:
    """Does `work` again and again, from `start` to `stop`. `trouble` is what it raises when others do not answer, which
    is `told` so, once a minute; after that, and after Refused, it waits a while.
    """

    def __init__(
        self, work: Callable[[], object], trouble: type[Exception], told: str, *, say: Callable[[str], None]
    ) -> None:
        self._work = work
        self._trouble = trouble
        self._told = told
        self._say = say
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=told, daemon=True)
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
                self._work()
                pause = _TICK_S
            except Refused as refused:
                pause = _PAUSE_S
                self._tell(f"{refused.message} ({refused.code})")
            except self._trouble as trouble:
                pause = _PAUSE_S
                self._tell(f"{self._told}: {trouble}")

    def _tell(self, what: str) -> None:
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= _TOLD_AGAIN_S:
            self._told_at = now
            self._say(what)
