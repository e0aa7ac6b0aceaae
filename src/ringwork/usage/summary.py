"""Calls summed up: how many, how many failed, how long they took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ringwork.usage.durations import Histogram
from ringwork.usage.log import Call

# More groups than anyone reads; what comes after is summed up under one name.
MOST_GROUPS = 10_000
OTHER = "(others)"
NOBODY = "(unknown caller)"
NOTHING = "(no operation)"


@dataclass(slots=True)
class Group:
    """Calls of one API, operation or consumer."""

    name: str
    calls: int = 0
    client_errors: int = 0
    server_errors: int = 0
    durations: Histogram = field(default_factory=Histogram)

    def add(self, call: Call) -> None:
        self.calls += 1
        status = call["status"]
        self.client_errors += 400 <= status < 500
        self.server_errors += status >= 500
        total = _total_us(call)
        if total is not None:
            self.durations.add(total)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "calls": self.calls,
            "client_errors": self.client_errors,
            "server_errors": self.server_errors,
            "p50_ms": _ms(self.durations.quantile_us(0.5)),
            "p99_ms": _ms(self.durations.quantile_us(0.99)),
        }


def summarise(calls: Iterable[Call], *, by: str, api: str | None = None) -> list[Group]:
    """Groups by `api`, `operation` or `consumer`, most called first; `api` leaves out all others.

    Memory is bounded by MOST_GROUPS, whatever the log holds.
    """
    groups: dict[str, Group] = {}
    for call in calls:
        if api is not None and call.get("api") != api:
            continue
        name = _name(call, by)
        if name not in groups and len(groups) >= MOST_GROUPS:
            name = OTHER
        groups.setdefault(name, Group(name)).add(call)
    return sorted(groups.values(), key=lambda group: (-group.calls, group.name))


def _name(call: Call, by: str) -> str:
    if by == "consumer":
        return str(call.get("consumer", NOBODY))
    if "api" not in call:
        return NOTHING
    if by == "api":
        return str(call["api"])
    return f"{call['api']} {call.get('version', '')} {call.get('operation', NOTHING)}"


def _total_us(call: Call) -> int | None:
    duration = call.get("duration_us")
    total = duration.get("total") if isinstance(duration, dict) else None
    return total if isinstance(total, int) and total >= 0 else None


def _ms(duration_us: float | None) -> float | None:
    return None if duration_us is None else round(duration_us / 1000, 3)
