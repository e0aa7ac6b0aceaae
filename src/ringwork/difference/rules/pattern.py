"""`pattern`: whether one expression matches all another does is not decided here; but everything is matched by `.*`."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Direction, Effect, Rule
from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import shown

EFFECTS = {
    "pattern-added": Effect.NARROWS,
    "pattern-removed": Effect.WIDENS,
    "pattern-changed": Effect.UNKNOWN,
    "pattern-generalized": Effect.WIDENS,
}
_EVERYTHING = {"", ".*", "^.*$", "^", "$"}
# Of responses oasdiff has one name for both.
_GENERALIZED = {Direction.RESPONSE: "{scope}-pattern-changed"}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.text("pattern"), new.text("pattern")
    if before == after:
        return
    if after is None:
        yield Change("pattern-removed", Effect.WIDENS, f"pattern {shown(before)} was removed", old, new)
    elif before is None:
        yield Change("pattern-added", Effect.NARROWS, f"pattern {shown(after)} was added", old, new)
    else:
        said = f"pattern was changed from {shown(before)} to {shown(after)}"
        if after in _EVERYTHING:
            yield Change("pattern-generalized", Effect.WIDENS, said, old, new, ids=_GENERALIZED)
        else:
            yield Change("pattern-changed", Effect.UNKNOWN, said, old, new)


RULE = Rule(
    "pattern",
    frozenset({"pattern"}),
    _find,
    EFFECTS,
    (("pattern-added", "pattern-removed"),),
    {
        "pattern-changed": "It undoes itself.",
        "pattern-generalized": "Undone it is a pattern that changed, of which nothing is known.",
    },
)
