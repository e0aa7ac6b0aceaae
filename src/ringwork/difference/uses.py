"""Where a schema is used, and what a change there is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ringwork.difference.model import Change, Direction, Level, level_of
from ringwork.difference.schemas import Pair, Step
from ringwork.difference.table import OASDIFF

# Findings of one comparison when each is told by itself; beyond that nobody reads.
MAX_FLAT = 100_000


_LABELS_AT_AN_END = 16

# In a URL every number is a text already.
_RENAMED = {
    "request-parameter-type-compatible": "request-parameter-type-generalized",
    "request-parameter-property-type-changed": "request-parameter-property-type-specialized",
    "request-parameter-property-type-compatible": "request-parameter-property-type-changed",
    # So oasdiff has called them since 1.34, as it calls the removed value.
    "response-body-became-enum": "response-mediatype-became-enum",
    "response-body-became-not-enum": "response-mediatype-became-not-enum",
    "response-body-enum-value-added": "response-mediatype-enum-value-added",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """`method` in upper case; both empty for what belongs to no operation. `section` as in the document."""

    method: str = ""
    path: str = ""
    id: str = ""
    section: str = "paths"

    def __str__(self) -> str:
        return f"{self.method} {self.path}".strip() or self.section


@dataclass(frozen=True, slots=True)
class Use:
    """`scope`: beginning of ids; `subject`: in a sentence. `direction` is who sends it, seen from who calls the API:
    what a webhook's request holds, the caller receives. `side`: how the document calls it.
    """

    operation: Operation
    direction: Direction
    side: Direction
    scope: str
    subject: str
    typed: bool = True


class Place(NamedTuple):
    """A use, and a way from its schema to one below."""

    use: Use
    steps: tuple[Step, ...] = ()
    read_only: bool = False
    write_only: bool = False
    under_all_of: bool = False

    @property
    def inverted(self) -> bool:
        return sum(step.inverted for step in self.steps) % 2 == 1


class Judged(NamedTuple):
    """One change in one place. `comparable`: as oasdiff grades it, None where it has no such rule."""

    id: str
    level: Level
    comparable: Level | None
    change: Change
    place: Place

    @property
    def path(self) -> str:
        """`items/name`; a slash at the end: something that is no property."""
        labels = _shortened([step.label for step in self.place.steps])
        named = bool(self.place.steps) and self.place.steps[-1].named
        if self.change.name is not None:
            return "/".join([*labels, self.change.name])
        return "/".join(labels) + ("" if named or not labels else "/")

    @property
    def text(self) -> str:
        path = self.path
        subject = self.place.use.subject
        return f"{subject}{f' property `{path}`' if path else ''}: {self.change.text}"


def _shortened(labels: list[str]) -> list[str]:
    """Schemas may lie within each other as deep as their author likes; the ways to them are told by both ends."""
    if len(labels) <= 2 * _LABELS_AT_AN_END:
        return labels
    left_out = len(labels) - 2 * _LABELS_AT_AN_END
    return [*labels[:_LABELS_AT_AN_END], f"… {left_out} more …", *labels[-_LABELS_AT_AN_END:]]


def judged(change: Change, place: Place) -> Judged:
    """The id, and the level by the law."""
    use = place.use
    slug, effect = change.judged(use.side, use.typed)
    read_only = change.read_only or place.read_only
    write_only = change.write_only or place.write_only
    found = _id(change, place, slug, read_only, write_only)
    direction = _turned(use.direction) if place.inverted else use.direction
    lawful = level_of(effect, direction)
    void = (
        change.is_void(direction)
        or (read_only and direction is Direction.REQUEST)
        or (write_only and direction is Direction.RESPONSE)
    )
    level = Level.INFO if void else lawful
    known = OASDIFF.get(found)
    if known is not None and place.under_all_of:
        # It does not know what the members of an `allOf` come to together.
        known = min(known, Level.WARNING)
    return Judged(
        found, level, None if known is None else min(known, level) if void else known, change, place
    )


def _id(change: Change, place: Place, slug: str, read_only: bool, write_only: bool) -> str:
    use = place.use
    if not use.scope:
        return change.slug
    is_property = bool(place.steps) or change.name is not None
    scope = _property_scope(use.scope) if is_property else use.scope
    if (
        is_property
        and read_only
        and f"request-read-only-property-{slug}" in OASDIFF
        and scope == "request-property"
    ):
        return f"request-read-only-property-{slug}"
    if (
        is_property
        and write_only
        and f"response-write-only-property-{slug}" in OASDIFF
        and scope == "response-property"
    ):
        return f"response-write-only-property-{slug}"
    template = change.ids.get(use.side)
    if template is None:
        header = f"request-header-property-{slug}"
        if use.scope == "request-header" and header in OASDIFF and is_property:
            return header
        scope = scope.replace("request-header", "request-parameter")
        mediatype = f"response-mediatype-{slug}"
        if scope == "response-body" and mediatype in OASDIFF:
            return mediatype
        return _RENAMED.get(f"{scope}-{slug}", f"{scope}-{slug}")
    within = (
        "" if use.scope.endswith("-body") else "header-" if use.scope == "response-header" else "parameter-"
    )
    plain = template.format(
        scope=scope.replace("request-header", "request-parameter"),
        request=f"request-{within}",
        response=f"response-{within}",
    )
    header = plain.replace("request-parameter-", "request-header-").removesuffix("-with-default")
    return header if use.scope == "request-header" and header in OASDIFF else plain


def _property_scope(scope: str) -> str:
    return scope.replace("-body", "-property") if scope.endswith("-body") else f"{scope}-property"


def _turned(direction: Direction) -> Direction:
    return Direction.RESPONSE if direction is Direction.REQUEST else Direction.REQUEST


def _counts(change: Change, place: Place) -> bool:
    """Nobody is told of a property that came or went where it is never sent."""
    if change.read_only and place.use.direction is Direction.REQUEST:
        return False
    is_body = not place.steps and place.use.scope.endswith("-body")
    return change.whole_body is None or change.whole_body is is_body


def everywhere(use: Use, pair: Pair) -> Iterator[Judged]:
    """Every change on every way to it. A schema within itself is entered once."""
    ways: list[tuple[Place, Pair, frozenset[int]]] = [(_at(use, pair), pair, frozenset())]
    while ways:
        place, at, above = ways.pop()
        yield from (judged(change, place) for change in at.changes if _counts(change, place))
        inside = above | {id(at)}
        for step, below in reversed(at.below):
            if below.alive and id(below) not in inside:
                ways.append((_within(place, step, below), below, inside))


def once(use: Use, pair: Pair) -> Iterator[Judged]:
    """Every change on the first way to it."""
    seen = {id(pair)}
    ways: list[tuple[Place, Pair]] = [(_at(use, pair), pair)]
    for place, at in ways:
        yield from (judged(change, place) for change in at.changes if _counts(change, place))
        for step, below in at.below:
            if below.alive and id(below) not in seen:
                seen.add(id(below))
                ways.append((_within(place, step, below), below))


def _at(use: Use, pair: Pair) -> Place:
    return Place(use, under_all_of=_has_all_of(pair))


def _within(place: Place, step: Step, pair: Pair) -> Place:
    return Place(
        place.use,
        (*place.steps, step),
        pair.new.flag("readOnly"),
        pair.new.flag("writeOnly"),
        _has_all_of(pair) or step.label.startswith("allOf["),
    )


def _has_all_of(pair: Pair) -> bool:
    return "allOf" in pair.old or "allOf" in pair.new
