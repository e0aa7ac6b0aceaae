"""What calls held and their contract did not show, by place: the access log's `removed` and `unfit`, summed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ringwork.usage.log import Call
from ringwork.usage.summary import NOBODY

# More places than anyone reads; those that come after are counted together.
MOST_PLACES = 10_000
# Consumers named for one place.
MOST_CONSUMERS = 50
# What a place is in: the body of a response, or one of these of a request.
RESPONSE = "response"
REQUEST_PARTS = frozenset(("path", "query", "header", "cookie", "body"))


class _Seen(NamedTuple):
    """One row of one line."""

    part: str
    at: str
    reason: str
    times: int


@dataclass(slots=True)
class ObservedPlace:
    """`part`: `response`, or of a request `path`, `query`, `header`, `cookie`, `body`; `status` is a response's.

    `pointer`: JSON Pointer into bodies, `*` for any item and for names that are data, "" is the body itself; or the
    name of a parameter. `count` values in `calls` calls; `consumers` are some of those who were, or would have been,
    sent them, or who sent them.
    """

    api: str
    version: str
    ring: str
    operation: str
    part: str
    status: int | None
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
        names = (
            "api", "version", "ring", "operation", "part", "status", "pointer", "reason", "count", "calls",
        )  # fmt: skip
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
    """Places in calls of `api`, most seen first. Memory is bounded by MOST_PLACES, whatever the log holds."""
    places: dict[tuple[object, ...], ObservedPlace] = {}
    unlisted = 0
    for call in calls:
        if call.get("api") != api or (version or call.get("version")) != call.get("version"):
            continue
        if (ring or call.get("ring")) != call.get("ring"):
            continue
        unlisted += _whole(call.get("unlisted")) + _whole(call.get("unfit_unlisted"))
        for seen in (*_removed(call), *_unfit(call)):
            status = call["status"] if seen.part == RESPONSE else None
            key = (*map(call.get, ("version", "ring", "operation")), status, *seen[:3])
            if key not in places and len(places) >= MOST_PLACES:
                unlisted += seen.times
                continue
            place = places.setdefault(key, _place(call, seen, status))
            place.add(call, seen.times)
    return Observed(sorted(places.values(), key=_most_seen_first), unlisted)


def _place(call: Call, seen: _Seen, status: int | None) -> ObservedPlace:
    version, ring, operation = (str(call.get(name, "")) for name in ("version", "ring", "operation"))
    return ObservedPlace(str(call["api"]), version, ring, operation, seen.part, status, seen.at, seen.reason)


def _removed(call: Call) -> Iterator[_Seen]:
    for row in _rows(call.get("removed")):
        yield _Seen(
            RESPONSE, str(row.get("pointer", "")), str(row.get("reason", "")), _whole(row.get("count"))
        )


def _unfit(call: Call) -> Iterator[_Seen]:
    for row in _rows(call.get("unfit")):
        if row.get("in") in REQUEST_PARTS:
            at, reason = str(row.get("at", "")), str(row.get("reason", ""))
            yield _Seen(str(row["in"]), at, reason, _whole(row.get("count")))


def _rows(value: object) -> Iterator[dict[str, Any]]:
    for row in value if isinstance(value, list) else ():
        if isinstance(row, dict):
            yield row


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _most_seen_first(place: ObservedPlace) -> tuple[object, ...]:
    return (
        -place.count,
        place.version,
        place.ring,
        place.operation,
        place.part,
        place.status or 0,
        place.pointer,
        place.reason,
    )
