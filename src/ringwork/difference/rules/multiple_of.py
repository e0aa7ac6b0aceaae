"""`multipleOf`: of a multiple of the old number there are fewer, of a divisor more."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ringwork.difference.model import Change, Direction, Effect, Rule
from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import Number

_EFFECTS = {
    "multiple-of-set": Effect.NARROWS,
    "multiple-of-unset": Effect.WIDENS,
    "multiple-of-generalized": Effect.WIDENS,
    "multiple-of-specialized": Effect.NARROWS,
    "multiple-of-changed": Effect.SWAPS,
}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.number_of("multipleOf"), new.number_of("multipleOf")
    if before == after:
        return
    if before is None or after is None:
        action, text = (
            ("set", f"multipleOf {after} was added")
            if before is None
            else ("unset", f"multipleOf {before} was removed")
        )
    else:
        action, text = _moved(before, after), f"multipleOf was changed from {before} to {after}"
    slug = f"multiple-of-{action}"
    yield Change(slug, _EFFECTS[slug], text, old, new, ids=_IDS.get(slug, {}))


# Where it breaks, oasdiff has one name for whichever way it went.
_IDS = {
    "multiple-of-generalized": {Direction.RESPONSE: "{scope}-multiple-of-changed"},
    "multiple-of-specialized": {Direction.REQUEST: "{scope}-multiple-of-changed"},
}


def _moved(before: Number, after: Number) -> str:
    old, new = Decimal(str(before)), Decimal(str(after))
    if new and old % new == 0:
        return "generalized"
    return "specialized" if old and new % old == 0 else "changed"


RULE = Rule(
    "multiple-of",
    frozenset({"multipleOf"}),
    _find,
    _EFFECTS,
    (("multiple-of-set", "multiple-of-unset"), ("multiple-of-generalized", "multiple-of-specialized")),
    {"multiple-of-changed": "It undoes itself."},
)
