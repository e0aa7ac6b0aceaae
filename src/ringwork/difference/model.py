"""What a comparison is made of: rules find changes, a change has an effect, effect and direction are a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringwork.difference.parts import Part
from ringwork.kernel.findings import Severity

# How much a change matters to who calls; its numbers are those oasdiff prints.
Level = Severity


class Direction(Enum):
    """Who sends what is described: to a request the caller must conform, with a response it must cope."""

    REQUEST = "request"
    RESPONSE = "response"


class Effect(Enum):
    """What a change does to the set of values that are valid."""

    NARROWS = "narrows"
    WIDENS = "widens"
    # Values came and values went.
    SWAPS = "swaps"
    # It cannot be told.
    UNKNOWN = "unknown"
    NOTHING = "nothing"
    # A promise is broken, whichever way values go.
    BREAKS = "breaks"


_LEVELS: Mapping[Effect, tuple[Level, Level]] = {
    Effect.NARROWS: (Level.ERROR, Level.INFO),
    Effect.WIDENS: (Level.INFO, Level.ERROR),
    Effect.SWAPS: (Level.ERROR, Level.ERROR),
    Effect.UNKNOWN: (Level.WARNING, Level.WARNING),
    Effect.NOTHING: (Level.INFO, Level.INFO),
    Effect.BREAKS: (Level.ERROR, Level.ERROR),
}


def level_of(effect: Effect, direction: Direction) -> Level:
    """The law every rule follows: what narrows breaks requests, what widens breaks responses."""
    return _LEVELS[effect][direction is Direction.RESPONSE]


# Slug and effect in a direction; whether values are typed (JSON), or texts that are read as what is meant.
Verdict = Callable[[Direction, bool], tuple[str, Effect]]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One cause. `slug`: what happened, the end of its ids; `text` says it after the name of what changed.

    `name`: of a property it is about, below the schema it was found in. `ids`: by direction, where an id is not made of
    where it happens and the slug; `{scope}` in it is where it happens. `verdict`: slug and effect by direction and
    whether values are typed (JSON) or texts; where it is there, it decides. `settled`: meaning says it has no effect,
    whatever the keywords look like.
    """

    slug: str
    effect: Effect
    text: str
    old: Part | None
    new: Part | None
    name: str | None = None
    ids: Mapping[Direction, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    settled: bool = False
    # Where it counts: where a schema is a whole body, or where it is anything else. None: everywhere.
    whole_body: bool | None = None
    # What the caller never sends, and what it never gets.
    read_only: bool = False
    write_only: bool = False

    def judged(self, direction: Direction, typed: bool) -> tuple[str, Effect]:
        """Slug and effect by the keywords alone."""
        return (self.slug, self.effect) if self.verdict is None else self.verdict(direction, typed)

    def is_void(self, direction: Direction) -> bool:
        """Whether it has no effect after all: nobody sends it, nobody gets it, or it means the same."""
        return (
            self.settled
            or (self.read_only and direction is Direction.REQUEST)
            or (self.write_only and direction is Direction.RESPONSE)
        )


Find = Callable[[Part, Part], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for in two versions of one schema.

    `keywords`: it is asked only where one of them stands on either side. `effects`: of every slug it may report, that
    of requests. `mirrors`: pairs of slugs of which one undoes the other; `unmirrored`: why a slug has none.
    """

    name: str
    keywords: frozenset[str]
    find: Find
    effects: Mapping[str, Effect]
    mirrors: tuple[tuple[str, str], ...] = ()
    unmirrored: Mapping[str, str] = field(default_factory=dict)
