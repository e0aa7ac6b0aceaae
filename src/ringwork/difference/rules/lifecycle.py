"""`deprecated`, `x-sunset` and `x-stability-level` of a property or a parameter's schema."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part
from ringwork.difference.sunset import SunsetUnreadable, stability_moved, sunset_of, today

EFFECTS = {
    "deprecated": Effect.NOTHING,
    "deprecated-with-sunset": Effect.NOTHING,
    "deprecated-sunset-invalid": Effect.BREAKS,
    "sunset-date-too-small": Effect.BREAKS,
    "reactivated": Effect.NOTHING,
    "stability-decreased": Effect.BREAKS,
    "stability-increased": Effect.NOTHING,
}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.flag("deprecated"), new.flag("deprecated")
    if before and not after:
        yield Change("reactivated", Effect.NOTHING, "is no longer deprecated", old, new)
    elif after and not before:
        yield _deprecated(old, new)
    moved = stability_moved(old, new)
    if moved:
        slug = f"stability-{moved}"
        yield Change(slug, EFFECTS[slug], f"x-stability-level {moved}", old, new)


def _deprecated(old: Part, new: Part) -> Change:
    try:
        date = sunset_of(new)
    except SunsetUnreadable as error:
        return Change("deprecated-sunset-invalid", Effect.BREAKS, f"was deprecated; {error}", old, new)
    if date is None:
        return Change("deprecated", Effect.NOTHING, "was deprecated", old, new)
    if date < today():
        said = f"was deprecated, with a sunset that is over: {date}"
        return Change("sunset-date-too-small", Effect.BREAKS, said, old, new)
    return Change("deprecated-with-sunset", Effect.NOTHING, f"was deprecated, it ends on {date}", old, new)


RULE = Rule(
    "lifecycle",
    frozenset({"deprecated", "x-stability-level"}),
    _find,
    EFFECTS,
    (
        ("deprecated", "reactivated"),
        ("deprecated-with-sunset", "reactivated"),
        ("stability-decreased", "stability-increased"),
    ),
    dict.fromkeys(
        ("deprecated-sunset-invalid", "sunset-date-too-small"), "A mistake is corrected, nothing is undone."
    ),
)
