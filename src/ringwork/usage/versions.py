"""Who still calls which version, and when last, as the access log has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringwork.usage.log import Call

# Versions times consumers beyond which nobody new is named; their calls are not lost, they are nobody's.
MOST_USERS = 100_000
REST = "(others)"


@dataclass(slots=True)
class Use:
    """`refused`: those of `calls` that were answered 410 or 503 because the version ends. `last`: RFC 3339."""

    calls: int = 0
    refused: int = 0
    last: str = ""

    def add(self, call: Call) -> None:
        self.calls += 1
        self.refused += call.get("version_state") in ("sunset", "brownout")
        self.last = max(self.last, str(call.get("time", "")))


@dataclass(frozen=True, slots=True, order=True)
class User:
    """A consumer's application on a ring, and the version it calls."""

    api: str
    version: str
    ring: str
    consumer: str
    application: str


def users_of(calls: Iterable[Call], api: str | None = None) -> dict[User, Use]:
    """`api`: of this one only. Calls of nobody who is known are left out."""
    found: dict[User, Use] = {}
    for call in calls:
        if "consumer" not in call or "version" not in call or api not in (None, call.get("api")):
            continue
        place = (str(call["api"]), str(call["version"]), str(call.get("ring", "")))
        user = User(*place, str(call["consumer"]), str(call.get("application", "")))
        if user not in found and len(found) >= MOST_USERS:
            user = User(*place, REST, "")
        found.setdefault(user, Use()).add(call)
    return found
