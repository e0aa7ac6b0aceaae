"""Whether `null` is a value: `nullable` of 3.0, `null` among the types of 3.1."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part, declared_types, is_nullable

EFFECTS = {"became-nullable": Effect.WIDENS, "became-not-nullable": Effect.NARROWS}


def change(old: Part, new: Part, nullable: bool) -> Change:
    """`nullable`: what it is now."""
    slug = "became-nullable" if nullable else "became-not-nullable"
    return Change(slug, EFFECTS[slug], f"became {'nullable' if nullable else 'not nullable'}", old, new)


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = is_nullable(old), is_nullable(new)
    # Without a type it was null's place already.
    untyped = not declared_types(old) if after else not declared_types(new)
    if before != after and not (untyped and "nullable" not in old and "nullable" not in new):
        yield change(old, new, after)


RULE = Rule(
    "nullable", frozenset({"nullable", "type"}), _find, EFFECTS, (("became-nullable", "became-not-nullable"),)
)
