"""What responses held and their contract did not show, by place: the access log's `removed`, summed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ringwork.usage.log import Call
from ringwork.usage.summary import NOBODY

# More places than anyone reads; those that come after are counted together.
MOST_PLACES = 10_000
# Consumers named for one place.
MOST_CONSUMERS = 50


@dataclass(slots=True)
class ObservedPlace:
    """`pointer`: JSON Pointer into bodies, `*` for any item and for names that are data; "" is the body itself.

    `count` values in `calls` responses; `consumers` are some of those who were, or would have been, sent them.
    """

    api: str
    version: str
    ring: str
    operation: str
    status: int
    pointer: str
    reason: str
    count: int = 0
    calls: int = 0
    last_seen: str = ""
    consumers: set[str] = field(default_factory=set)

    def add(self, call: Call, count: int) -> None:
        self.count += count
        self.calls += 1
        self.last_seen = max(self.last_seen, str(call.get("time", "")))
        if len(self.consumers) < MOST_CONSUMERS:
            self.consumers.add(str(call.get("consumer", NOBODY)))

    def as_dict(self) -> dict[str, Any]:
        names = ("api", "version", "ring", "operation", "status", "pointer", "reason", "count", "calls")
        return {name: getattr(self, name) for name in names} | {
            "last_seen": self.last_seen,
            "consumers": sorted(self.consumers),
        }


@dataclass(frozen=True, slots=True)
class Observed:
    """`unlisted`: values at places of which none is listed, here or in the log."""

    places: list[ObservedPlace]
    unlisted: int


def observed(
    calls: Iterable[Call], *, api: str, version: str | None = None, ring: str | None = None
) -> Observed:
    """Places in responses of `api`, most seen first. Memory is bounded by MOST_PLACES, whatever the log holds."""
    places: dict[tuple[object, ...], ObservedPlace] = {}
    unlisted = 0
    for call in calls:
        if call.get("api") != api or (version or call.get("version")) != call.get("version"):
            continue
        if (ring or call.get("ring")) != call.get("ring"):
            continue
        unlisted += _whole(call.get("unlisted"))
        for pointer, reason, count in _removed(call):
            key = (
                call.get("version"),
                call.get("ring"),
                call.get("operation"),
                call["status"],
                pointer,
                reason,
            )
            if key not in places and len(places) >= MOST_PLACES:
                unlisted += count
                continue
            place = places.setdefault(key, _place(call, pointer, reason))
            place.add(call, count)
    return Observed(sorted(places.values(), key=_most_seen_first), unlisted)


def _place(call: Call, pointer: str, reason: str) -> ObservedPlace:
    version, ring, operation = (str(call.get(name, "")) for name in ("version", "ring", "operation"))
    return ObservedPlace(str(call["api"]), version, ring, operation, call["status"], pointer, reason)


def _removed(call: Call) -> Iterator[tuple[str, str, int]]:
    removed = call.get("removed")
    for one in removed if isinstance(removed, list) else ():
        if isinstance(one, dict):
            yield str(one.get("pointer", "")), str(one.get("reason", "")), _whole(one.get("count"))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _most_seen_first(place: ObservedPlace) -> tuple[object, ...]:
    return (
        -place.count,
        place.version,
        place.ring,
        place.operation,
        place.status,
        place.pointer,
        place.reason,
    )
