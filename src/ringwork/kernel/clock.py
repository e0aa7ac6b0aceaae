"""Time comes in from outside (law 9): rooms take a `Clock`, only `app` hands out the real one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


def end_of_day(day: date) -> int:
    """When a day is over (UTC), in seconds since the Unix epoch."""
    return int((datetime.combine(day, time.min, UTC) + timedelta(days=1)).timestamp())


def start_of_day(day: date) -> int:
    """When a day begins (UTC), in seconds since the Unix epoch."""
    return int(datetime.combine(day, time.min, UTC).timestamp())


def rfc3339(moment: datetime) -> str:
    """`2026-11-21T09:00:00Z` (RFC 3339, UTC, whole seconds)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_day(moment: int | None) -> str | None:
    """The day (UTC) of a moment in seconds since the Unix epoch, `2026-11-21`; None of None."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).date().isoformat()


def written_moment(moment: int) -> str:
    """As `rfc3339`, of seconds since the Unix epoch."""
    return rfc3339(datetime.fromtimestamp(moment, UTC))
