"""The three audiences in order, and the words that name them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Audience(IntEnum):
    """How far out something may be seen. A higher value is a wider audience."""

    INTERNAL = 0
    PARTNER = 1
    PUBLIC = 2

    @property
    def label(self) -> str:
        return self.name.lower()

    @property
    def is_outer(self) -> bool:
        return self is not Audience.INTERNAL

    def reaches(self, ring: Audience) -> bool:
        """Whether something with this audience is visible on `ring`: what public sees, all see (law 1)."""
        return self >= ring


RINGS: tuple[Audience, ...] = (Audience.INTERNAL, Audience.PARTNER, Audience.PUBLIC)
OUTER: tuple[Audience, ...] = (Audience.PARTNER, Audience.PUBLIC)

# Zalando's RESTful API Guidelines, rule 219, made `x-audience` known; its five values map onto our three.
_WORDS: dict[str, Audience] = {
    "internal": Audience.INTERNAL,
    "partner": Audience.PARTNER,
    "public": Audience.PUBLIC,
    "component-internal": Audience.INTERNAL,
    "business-unit-internal": Audience.INTERNAL,
    "company-internal": Audience.INTERNAL,
    "external-partner": Audience.PARTNER,
    "external-public": Audience.PUBLIC,
}

WORDS: tuple[str, ...] = tuple(_WORDS)


def understood(word: object) -> Audience | None:
    """The audience a label names, or None where it names none."""
    return _WORDS.get(word) if isinstance(word, str) else None


def narrowest(audiences: Iterable[Audience]) -> Audience:
    """The audience that all of `audiences` allow; public when there is nothing to narrow."""
    return min(audiences, default=Audience.PUBLIC)
