"""`type` and `format`: which kinds of values there may be. `null` is another rule's."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Direction, Effect, Rule
from ringwork.difference.parts import Part, types

# Formats all of whose values the second has too.
_WITHIN = {
    ("float", "double"),
    ("int32", "int64"),
    ("int32", "bigint"),
    ("int64", "bigint"),
    ("date", "date-time"),
    ("time", "date-time"),
}

EFFECTS = {
    "type-changed": Effect.SWAPS,
    "type-generalized": Effect.WIDENS,
    "type-specialized": Effect.NARROWS,
    "type-compatible": Effect.NOTHING,
}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = types(old), types(new)
    formats = old.text("format") or "", new.text("format") or ""
    if before == after and formats[0] == formats[1]:
        return

    def verdict(direction: Direction, typed: bool) -> tuple[str, Effect]:
        return judged(before, after, formats, direction, typed)

    slug, effect = verdict(Direction.REQUEST, True)
    yield Change(slug, effect, _text(before, after, formats), old, new, verdict=verdict)


def judged(
    before: frozenset[str], after: frozenset[str], formats: tuple[str, str], direction: Direction, typed: bool
) -> tuple[str, Effect]:
    """`typed`: a number cannot stand where a text is meant, as it can in a URL or a header."""
    ours, theirs = (before, after) if direction is Direction.REQUEST else (after, before)
    formats = formats if direction is Direction.REQUEST else (formats[1], formats[0])
    fits = is_within(ours, theirs) or (not typed and "string" in theirs)
    safe_format = formats[0] == formats[1] or not formats[1] or formats in _WITHIN
    if not (fits and safe_format):
        if (
            direction is Direction.RESPONSE
            and before != after
            and before
            and after
            and is_within(before, after)
        ):
            return "type-generalized", Effect.WIDENS
        return "type-changed", Effect.SWAPS
    if ours and theirs and not is_within(ours, theirs):
        return "type-compatible", Effect.NOTHING
    if direction is Direction.REQUEST:
        return "type-generalized", Effect.WIDENS
    return "type-specialized", Effect.NARROWS


def is_within(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether all values of the first types are of the second; none named is any."""
    if not others:
        return True
    return bool(some) and all(one in others or (one == "integer" and "number" in others) for one in some)


def _text(before: frozenset[str], after: frozenset[str], formats: tuple[str, str]) -> str:
    said = []
    if before != after:
        said.append(f"type was changed from {_named(before)} to {_named(after)}")
    if formats[0] != formats[1]:
        said.append(f"format was changed from {formats[0] or 'none'} to {formats[1] or 'none'}")
    return " and ".join(said)


def _named(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "any"


RULE = Rule(
    "type",
    frozenset({"type", "format"}),
    _find,
    EFFECTS,
    (("type-generalized", "type-specialized"),),
    {"type-changed": "It undoes itself.", "type-compatible": "It undoes itself."},
)
