"""How often one credential may call, said as gateways say it (draft-ietf-httpapi-ratelimit-headers-10)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ringwork.api.problems import problem
from ringwork.control.ledger.deeds import current_actor

_SECOND = 1_000_000_000
_MOST_CALLERS = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst`: how many may come at once."""

    per_minute: int
    burst: int


# A hundred a second: as many changes as one writer after the other makes on a good disk.
LIMIT = Limit(per_minute=6_000, burst=600)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller's limit stands, in whole seconds, rounded up. `wait_s` 0: this call is taken."""

    limit: Limit
    left: int
    full_in_s: int
    wait_s: int

    def fields(self) -> dict[str, str]:
        fields = {
            "ratelimit-policy": f'"minute";q={self.limit.per_minute};w=60;burst={self.limit.burst}',
            "ratelimit": f'"minute";r={self.left};t={self.full_in_s}',
        }
        return fields | ({"retry-after": str(self.wait_s)} if self.wait_s else {})


class Limits:
    """GCRA, in nanoseconds of a clock that only goes on: per caller, when all his calls will have been worked off."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._interval = 60 * _SECOND // limit.per_minute
        self._done_at: dict[str, int] = {}

    def take(self, caller: str, now: int) -> Standing:
        tolerance = self._limit.burst * self._interval
        begin = max(self._done_at.get(caller, now), now)
        ahead = begin + self._interval - now
        if ahead > tolerance:
            return Standing(self._limit, 0, _seconds_up(begin - now), _seconds_up(ahead - tolerance))
        self._forget_idle(now)
        self._done_at[caller] = now + ahead
        return Standing(self._limit, (tolerance - ahead) // self._interval, _seconds_up(ahead), 0)

    def _forget_idle(self, now: int) -> None:
        if len(self._done_at) >= _MOST_CALLERS:
            self._done_at = {caller: at for caller, at in self._done_at.items() if at > now}


class Limited:
    """Before bodies are read, after it is known who calls."""

    def __init__(
        self, application: ASGIApp, limit: Limit, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._application = application
        self._limits = Limits(limit)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        standing = self._limits.take(current_actor().name, self._clock())
        fields = standing.fields()
        if standing.wait_s:
            help = "Slow down; `Retry-After` says when the next request is taken."
            await problem(429, "rate-limited", "too many requests", help, headers=fields)(
                scope, receive, send
            )
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(fields)
            await send(message)

        await self._application(scope, receive, told)


def _seconds_up(nanoseconds: int) -> int:
    return -(-nanoseconds // _SECOND)
