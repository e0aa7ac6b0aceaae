"""How often strangers may try."""

from __future__ import annotations

import time

from ringwork.api.limits import Limit, Limits
from ringwork.kernel.refusal import Refused

# Of one name, whether or not there is anybody of it; and of all together, which bounds the work, the memory and the
# threads that wait for a turn.
_PASSWORDS = Limit(per_minute=6, burst=6)
_ALL_PASSWORDS = Limit(per_minute=60, burst=10)
# RFC 8628 §5.1: far too few to guess one of 20^8.
_CODES = Limit(per_minute=60, burst=30)
_BEGINNINGS = Limit(per_minute=60, burst=60)
_REQUESTS = Limit(per_minute=6_000, burst=600)


class TooOften(Refused):
    """`wait_s`: until the next try is taken."""

    def __init__(self, wait_s: int) -> None:
        help = f"Try again in {wait_s} seconds."
        super().__init__("rate-limited", "there were too many tries", help, status=429)
        self.wait_s = wait_s


class Rates:
    def __init__(self) -> None:
        self._passwords = Limits(_PASSWORDS)
        self._all_passwords = Limits(_ALL_PASSWORDS)
        self._codes = Limits(_CODES)
        self._beginnings = Limits(_BEGINNINGS)
        self._requests = Limits(_REQUESTS)

    def request(self) -> None:
        _take(self._requests, "")

    def password(self, name: str) -> None:
        """Raises TooOften, as every one of these."""
        _take(self._passwords, name[:100].casefold())
        _take(self._all_passwords, "")

    def code(self) -> None:
        _take(self._codes, "")

    def beginning(self) -> None:
        _take(self._beginnings, "")


def _take(limits: Limits, whose: str) -> None:
    standing = limits.take(whose, time.monotonic_ns())
    if standing.wait_s:
        raise TooOften(standing.wait_s)
