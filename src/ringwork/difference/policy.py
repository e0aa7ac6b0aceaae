"""What a breaking change asks for, by the ring it reaches. One table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ringwork.audience import Audience
from ringwork.difference.model import Level


class Demand(NamedTuple):
    """`severity`: how bad a breaking change is there; `word`: of the policy; `advice`: what to do."""

    severity: Level
    word: str
    advice: str


POLICIES: Mapping[Audience, Demand] = {
    Audience.INTERNAL: Demand(Level.WARNING, "coordinate", "Coordinate it with the teams that call this."),
    Audience.PARTNER: Demand(
        Level.ERROR,
        "partner-coordinated",
        "Agree on a date with the partners, and keep what they use until then.",
    ),
    Audience.PUBLIC: Demand(
        Level.ERROR, "12 months", "Deprecate what goes, and keep it for 12 months; add what comes beside it."
    ),
}


def severity(level: Level, ring: Audience | None) -> Level:
    """How bad it is on a ring; without one as bad as it gets."""
    return level if ring is None or level is not Level.ERROR else POLICIES[ring].severity
