"""Alternatives that name one type each are a list of types, however it is written."""

from __future__ import annotations

from ringwork.difference.model import Change, Direction, Effect, Rule
from ringwork.difference.parts import Part, declared_types

EFFECTS = {"list-of-types-widened": Effect.WIDENS, "list-of-types-narrowed": Effect.NARROWS}
_COMPLEX = ("allOf", "properties", "not")
_SIMPLE = {"type", "title", "description"}


def find(old: Part, new: Part) -> list[Change]:
    """At most one change; what else the alternatives say is nothing then."""
    before, after = _listed(old), _listed(new)
    if before is None or after is None or before[0] == after[0] or not (before[1] or after[1]):
        return []
    removed, added = before[0] - after[0], after[0] - before[0]

    def verdict(direction: Direction, typed: bool) -> tuple[str, Effect]:
        narrowed = bool(removed) if direction is Direction.REQUEST else not added
        slug = "list-of-types-narrowed" if narrowed else "list-of-types-widened"
        return slug, EFFECTS[slug]

    said = [f"type {name} was removed" for name in sorted(removed)] + [
        f"type {name} was added" for name in sorted(added)
    ]
    slug, effect = verdict(Direction.REQUEST, True)
    return [Change(slug, effect, ", ".join(said), old, new, verdict=verdict)]


def _listed(schema: Part) -> tuple[frozenset[str], bool] | None:
    """The types, and whether alternatives name them. None: it says more than that."""
    if any(key in schema for key in _COMPLEX):
        return None
    declared = declared_types(schema)
    if declared:
        return (declared, False) if len(declared) == 1 else None
    for keyword in ("oneOf", "anyOf"):
        branches = schema.each(keyword)
        if branches and all(set(branch.members) <= _SIMPLE for branch in branches):
            named = [declared_types(branch) for branch in branches]
            if all(len(one) == 1 for one in named):
                return frozenset().union(*named), True
    return None


RULE = Rule(
    "list-of-types",
    frozenset(),
    lambda old, new: iter(find(old, new)),
    EFFECTS,
    (("list-of-types-widened", "list-of-types-narrowed"),),
)
