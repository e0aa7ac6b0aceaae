"""Operations that end: removed, deprecated, with or without a date, firm or not yet."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect
from ringwork.difference.parts import Part
from ringwork.difference.sunset import SunsetUnreadable, stability, stability_moved, sunset_of, today

_UNFIRM = ("draft", "alpha")


def removed(operation: Part, *, whole_path: bool) -> Iterator[Change]:
    """One change, or none for what was announced to end by now, or was never promised."""
    if whole_path and operation.value("x-stability-level") in _UNFIRM:
        return
    prefix = "api-path-removed" if whole_path else "api-removed"
    if not operation.flag("deprecated"):
        yield _removed(
            f"{prefix}-without-deprecation", Effect.BREAKS, "without having been deprecated", operation
        )
        return
    try:
        end = sunset_of(operation)
    except SunsetUnreadable as error:
        yield _removed("api-path-sunset-parse", Effect.BREAKS, f"; {error}", operation)
        return
    if end is None:
        yield _removed(
            f"{prefix}-with-deprecation", Effect.NOTHING, "after having been deprecated", operation
        )
    elif today() < end:
        yield _removed(f"{prefix}-before-sunset", Effect.BREAKS, f"before its sunset on {end}", operation)


def _removed(slug: str, effect: Effect, how: str, operation: Part) -> Change:
    return Change(slug, effect, f"was removed {how}", operation, None)


def changes(old: Part, new: Part) -> Iterator[Change]:
    """What became of an operation that stays."""
    before, after = old.flag("deprecated"), new.flag("deprecated")
    if before and not after:
        yield Change("endpoint-reactivated", Effect.NOTHING, "is no longer deprecated", old, new)
    elif after and not before:
        yield _deprecated(old, new)
    elif after:
        yield from _sunset_moved(old, new)
    yield from _stability(old, new)


def _deprecated(old: Part, new: Part) -> Change:
    try:
        end = sunset_of(new)
    except SunsetUnreadable as error:
        return Change("api-deprecated-sunset-parse", Effect.BREAKS, f"was deprecated; {error}", old, new)
    if end is None:
        return Change("endpoint-deprecated", Effect.NOTHING, "was deprecated", old, new)
    if end < today():
        said = f"was deprecated, with a sunset that is over: {end}"
        return Change("api-sunset-date-too-small", Effect.BREAKS, said, old, new)
    return Change(
        "endpoint-deprecated-with-sunset", Effect.NOTHING, f"was deprecated, it ends on {end}", old, new
    )


def _sunset_moved(old: Part, new: Part) -> Iterator[Change]:
    if old.value("x-sunset") == new.value("x-sunset"):
        return
    try:
        before, after = sunset_of(old), sunset_of(new)
    except SunsetUnreadable as error:
        yield Change("api-deprecated-sunset-parse", Effect.BREAKS, str(error), old, new)
        return
    if before is not None and after is None:
        yield Change("sunset-deleted", Effect.BREAKS, f"its sunset, {before}, was deleted", old, new)
    elif before is not None and after is not None and after < before and after < today():
        said = f"its sunset was moved from {before} to {after}, which is over"
        yield Change("api-sunset-date-changed-too-small", Effect.BREAKS, said, old, new)


def _stability(old: Part, new: Part) -> Iterator[Change]:
    for part in (old, new):
        try:
            stability(part)
        except KeyError as word:
            said = f"x-stability-level {word} is none of draft, alpha, beta, stable"
            yield Change("api-invalid-stability-level", Effect.BREAKS, said, old, new)
            return
    moved = stability_moved(old, new)
    if moved:
        effect = Effect.BREAKS if moved == "decreased" else Effect.NOTHING
        yield Change(f"api-stability-{moved}", effect, f"x-stability-level {moved}", old, new)
