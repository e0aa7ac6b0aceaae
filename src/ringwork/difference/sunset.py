"""`x-sunset`, when something ends, and `x-stability-level`, how firm it is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ringwork.difference.parts import Part

# Least firm first. Without the keyword a part is stable.
LEVELS = ("draft", "alpha", "beta", "stable")


class SunsetUnreadable(Exception):
    """`x-sunset` is no date. The text says what it is."""


def sunset_of(part: Part) -> date | None:
    """A date, or a date with time, of RFC 3339. Raises SunsetUnreadable."""
    written = part.value("x-sunset")
    if written is None:
        return None
    try:
        return datetime.fromisoformat(str(written)).date()
    except ValueError:
        raise SunsetUnreadable(f"x-sunset `{str(written)[:80]}` is no date (RFC 3339)") from None


def stability(part: Part) -> str | None:
    """Raises KeyError for a word that is none."""
    written = part.value("x-stability-level")
    if written is None:
        return None
    if written not in LEVELS:
        raise KeyError(str(written)[:80])
    return str(written)


def stability_moved(old: Part, new: Part) -> str | None:
    """`decreased`, `increased`, or nothing; a word that is none moves nothing."""
    try:
        before, after = stability(old), stability(new)
    except KeyError:
        return None
    ranks = LEVELS.index(before or "stable"), LEVELS.index(after or "stable")
    if ranks[0] == ranks[1]:
        return None
    return "decreased" if ranks[1] < ranks[0] else "increased"


def today() -> date:
    """What a sunset is compared with."""
    return datetime.now(UTC).date()
