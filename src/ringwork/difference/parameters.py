"""Parameters of an operation: its own, and those of its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ringwork.difference.bodies import schema_of
from ringwork.difference.model import Change, Direction, Effect
from ringwork.difference.parts import Part, same
from ringwork.difference.sunset import SunsetUnreadable, sunset_of, today
from ringwork.difference.uses import Operation, Use

if TYPE_CHECKING:
    from ringwork.difference.operations import Comparison

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
# Headers with a meaning of their own in OpenAPI, where parameters of that name are ignored.
_IGNORED = {"accept", "content-type", "authorization"}
Key = tuple[str, str]


class _Listed(NamedTuple):
    part: Part
    of_path: bool


def compare(
    found: Comparison,
    where: Operation,
    direction: Direction,
    paths: tuple[str, str],
    items: tuple[Part, Part],
    operations: tuple[Part, Part],
) -> None:
    """Parameters are told apart by where they are and their name; those of a path by their position in it."""
    before, after = (
        _listed(path, item, operation) for path, item, operation in zip(paths, items, operations, strict=True)
    )
    for key, old in before.items():
        if key not in after:
            changes = found.once("removed", old.part, old.part, partial(_removed, old.part))
            found.say_at(_use(where, direction, old.part), changes)
        elif not same(old.part, after[key].part):
            _compare_one(found, where, direction, old.part, after[key].part)
    for key, new in after.items():
        if key not in before:
            changes = found.once(
                f"added {new.of_path}", new.part, new.part, partial(_added, new.part, new.of_path)
            )
            found.say_at(_use(where, direction, new.part), changes)


def _listed(path: str, item: Part, operation: Part) -> dict[Key, _Listed]:
    positions = {name: str(at) for at, name in enumerate(_PARAMETER.findall(path))}
    found: dict[Key, _Listed] = {}
    for holder, of_path in ((item, True), (operation, False)):
        for part in holder.each("parameters"):
            place, name = part.text("in") or "", part.text("name") or ""
            if place == "header":
                name = name.lower()
                if name in _IGNORED:
                    continue
            found[place, positions.get(name, name) if place == "path" else name] = _Listed(part, of_path)
    return found


def _use(where: Operation, direction: Direction, part: Part, scope: str = "") -> Use:
    place, name = part.text("in"), part.text("name")
    subject = f"{place} parameter `{name}`"
    return Use(where, direction, Direction.REQUEST, scope, subject, typed=False)


def _removed(part: Part) -> Iterator[Change]:
    slug, effect, how = "request-parameter-removed", Effect.UNKNOWN, ""
    if part.flag("deprecated"):
        try:
            end = sunset_of(part)
        except SunsetUnreadable as error:
            yield Change("request-parameter-sunset-parse", Effect.BREAKS, f"was removed; {error}", part, None)
            return
        if end is not None and today() < end:
            slug, effect, how = (
                "request-parameter-removed-before-sunset",
                Effect.BREAKS,
                f" before its sunset {end}",
            )
        else:
            slug, effect, how = (
                "request-parameter-removed-with-deprecation",
                Effect.NOTHING,
                " after its deprecation",
            )
    yield Change(slug, effect, f"was removed{how}", part, None)


def _added(part: Part, of_path: bool) -> Iterator[Change]:
    required = part.flag("required")
    if part.text("in") == "path":
        slug, effect = "new-request-path-parameter", Effect.NARROWS
    elif of_path:
        word = "required" if required else "optional"
        slug = f"new-{word}-request-default-parameter-to-existing-path"
        effect = Effect.NARROWS if required else Effect.NOTHING
    elif required:
        slug, effect = "new-required-request-parameter", Effect.NARROWS
    else:
        slug, effect = "new-optional-request-parameter", Effect.NOTHING
    yield Change(slug, effect, f"was added{', required' if required else ''}", None, part)


def _compare_one(found: Comparison, where: Operation, direction: Direction, old: Part, new: Part) -> None:
    found.say_at(_use(where, direction, new), found.once("parameter", old, new, lambda: _changes(old, new)))
    scope = "request-header" if new.text("in") == "header" else "request-parameter"
    found.use(_use(where, direction, new, scope), schema_of(old), schema_of(new))


def _changes(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.flag("required"), new.flag("required")
    if before != after and new.text("in") != "path":
        slug = f"request-parameter-became-{'required' if after else 'optional'}"
        effect = Effect.NARROWS if after else Effect.WIDENS
        yield Change(slug, effect, f"became {'required' if after else 'optional'}", old, new)
    styles = [_style(part) for part in (old, new)]
    if styles[0] != styles[1]:
        said = f"is written otherwise: {_told(styles[0])} before, {_told(styles[1])} now"
        yield Change("request-parameter-style-changed", Effect.SWAPS, said, old, new)
    if ("content" in old) != ("content" in new):
        said = "is described by `content` now" if "content" in new else "is described by `schema` now"
        yield Change("request-parameter-style-changed", Effect.SWAPS, said, old, new)
    if old.flag("allowReserved") != new.flag("allowReserved"):
        effect = Effect.WIDENS if new.flag("allowReserved") else Effect.NARROWS
        word = "allowed" if new.flag("allowReserved") else "forbidden"
        yield Change(
            f"request-parameter-reserved-{word}", effect, f"reserved characters are {word}", old, new
        )
    yield from _lifecycle(old, new)


def _style(part: Part) -> tuple[str, bool]:
    """Where it makes a difference: how a list or an object is written into one text."""
    style = part.text("style") or _STYLES.get(part.text("in") or "", "")
    explode = part.value("explode")
    return style, explode if isinstance(explode, bool) else style == "form"


def _told(style: tuple[str, bool]) -> str:
    return f"style {style[0]}, {'exploded' if style[1] else 'not exploded'}"


def _lifecycle(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.flag("deprecated"), new.flag("deprecated")
    if before and not after:
        yield Change("request-parameter-reactivated", Effect.NOTHING, "is no longer deprecated", old, new)
        return
    if not after:
        return
    try:
        ends = sunset_of(old) if before else None, sunset_of(new)
    except SunsetUnreadable as error:
        yield Change("request-parameter-sunset-parse", Effect.BREAKS, str(error), old, new)
        return
    if not before:
        late = ends[1] is not None and ends[1] < today()
        slug = "request-parameter-sunset-date-too-small" if late else "request-parameter-deprecated"
        said = f"was deprecated{f', it ends on {ends[1]}' if ends[1] else ''}"
        yield Change(slug, Effect.BREAKS if late else Effect.NOTHING, said, old, new)
    elif ends[0] is not None and ends[1] is None:
        said = f"its sunset, {ends[0]}, was deleted"
        yield Change("request-parameter-sunset-deleted", Effect.BREAKS, said, old, new)
    elif ends[0] is not None and ends[1] is not None and ends[1] < ends[0] and ends[1] < today():
        said = f"its sunset was moved from {ends[0]} to {ends[1]}, which is over"
        yield Change("request-parameter-sunset-date-changed-too-small", Effect.BREAKS, said, old, new)
