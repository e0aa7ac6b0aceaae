"""Schemas that are `true` or `false`: `false` lets nothing through."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Direction, Effect, Rule, Verdict
from ringwork.difference.parts import Part

EFFECTS = {"schema-became-false": Effect.NARROWS, "schema-became-not-false": Effect.WIDENS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.truth is False, new.truth is False
    if before != after:
        slug = "schema-became-false" if after else "schema-became-not-false"
        said = "lets no value through any more" if after else "lets values through again"
        yield Change(slug, EFFECTS[slug], said, old, new, whole_body=False)
        yield Change(slug, EFFECTS[slug], said, old, new, verdict=_of_body(slug), whole_body=True)


def _of_body(slug: str) -> Verdict:
    """A response whose body can be nothing is none: what was promised is gone, not narrower."""

    def verdict(direction: Direction, typed: bool) -> tuple[str, Effect]:
        if direction is Direction.REQUEST:
            return slug, EFFECTS[slug]
        return slug, Effect.BREAKS if slug == "schema-became-false" else Effect.NOTHING

    return verdict


RULE = Rule("truth", frozenset(), _find, EFFECTS, (("schema-became-false", "schema-became-not-false"),))
