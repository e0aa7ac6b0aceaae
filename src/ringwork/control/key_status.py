"""How a key stands: what gateways make of it, and whether somebody should see to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from ringwork.control.model import Credential
from ringwork.control.recognition import KeyState, state_of
from ringwork.kernel.clock import Clock

# A key that ends within is to be rotated.
SOON = timedelta(days=14)
_EXPIRES_SOON = "expires-soon"
# Told at once by name; the others are counted.
MOST_TOLD = 10
# More are said to be so many.
_MOST_LOOKED_AT = 10_000
_LOOK_EVERY = timedelta(minutes=1)


class EndingKeys(Protocol):
    def ending(self, after: datetime, until: datetime, *, limit: int) -> list[Credential]:
        """Those that work, and end by themselves then, the first to end first."""


def status_of(credential: Credential, now: datetime) -> str:
    """A `KeyState`, or `expires-soon` of an active one."""
    state = state_of(credential, now)
    if state is KeyState.ACTIVE and credential.expires_at is not None and credential.expires_at - now <= SOON:
        return _EXPIRES_SOON
    return state.value


class ExpiryWatch:
    """Tells once of each key that it ends soon: whoever is to be notified of that hears it from here."""

    def __init__(
        self, keys: EndingKeys, tell: Callable[[list[Credential], int], None], *, clock: Clock
    ) -> None:
        """`tell` is given the first MOST_TOLD, the first to end first, and how many more there are."""
        self._keys = keys
        self._tell = tell
        self._clock = clock
        self._until: datetime | None = None

    def look(self) -> None:
        """What came within `SOON` since the last look; all there are, at the first."""
        now = self._clock()
        after, until = self._until or now, now + SOON
        if until - after < _LOOK_EVERY:
            return
        found = self._keys.ending(after, until, limit=_MOST_LOOKED_AT)
        self._until = until
        if found:
            self._tell(found[:MOST_TOLD], max(0, len(found) - MOST_TOLD))
