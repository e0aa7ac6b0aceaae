"""`uniqueItems`: whether a list may hold a value twice."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

EFFECTS = {"unique-items-set": Effect.NARROWS, "unique-items-unset": Effect.WIDENS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.flag("uniqueItems"), new.flag("uniqueItems")
    if before != after:
        slug = "unique-items-set" if after else "unique-items-unset"
        yield Change(slug, EFFECTS[slug], f"uniqueItems was {'set' if after else 'unset'}", old, new)


RULE = Rule(
    "unique-items", frozenset({"uniqueItems"}), _find, EFFECTS, (("unique-items-set", "unique-items-unset"),)
)
