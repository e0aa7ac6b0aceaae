"""Schemas that are `true` or `false`: `false` lets nothing through."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

EFFECTS = {"schema-became-false": Effect.NARROWS, "schema-became-not-false": Effect.WIDENS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.truth is False, new.truth is False
    if before != after:
        slug = "schema-became-false" if after else "schema-became-not-false"
        said = "lets no value through any more" if after else "lets values through again"
        yield Change(slug, EFFECTS[slug], said, old, new)


RULE = Rule("truth", frozenset(), _find, EFFECTS, (("schema-became-false", "schema-became-not-false"),))
