"""`prefixItems`: schemas for the first items. What they replace is `items`, so whether it is more is not told."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

EFFECTS = {"prefix-items-added": Effect.UNKNOWN, "prefix-items-removed": Effect.UNKNOWN}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.each("prefixItems"), new.each("prefixItems")
    if len(before) != len(after):
        slug = "prefix-items-added" if len(after) > len(before) else "prefix-items-removed"
        yield Change(slug, Effect.UNKNOWN, f"prefixItems went from {len(before)} to {len(after)}", old, new)


RULE = Rule(
    "prefix-items",
    frozenset({"prefixItems"}),
    _find,
    EFFECTS,
    (("prefix-items-added", "prefix-items-removed"),),
)
