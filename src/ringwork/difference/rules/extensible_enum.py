"""`x-extensible-enum`: values known today, of which there will be more. One that goes is refused in requests."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import shown

EFFECTS = {"x-extensible-enum-value-removed": Effect.NARROWS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.value("x-extensible-enum"), new.value("x-extensible-enum")
    if not isinstance(before, list) or not isinstance(after, list):
        return
    for value in before:
        if value not in after:
            said = f"x-extensible-enum value `{shown(value)}` was removed"
            yield Change("x-extensible-enum-value-removed", Effect.NARROWS, said, old, new)


RULE = Rule(
    "x-extensible-enum",
    frozenset({"x-extensible-enum"}),
    _find,
    EFFECTS,
    unmirrored={"x-extensible-enum-value-removed": "That values are added is what the keyword announces."},
)
