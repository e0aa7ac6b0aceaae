"""Properties: there or not, required or not, sent or read only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ringwork.difference.composition import member_required
from ringwork.difference.model import Change, Direction, Effect, Rule, Verdict
from ringwork.difference.parts import Part, required

_BECAME = {"readOnly": "read-only", "writeOnly": "write-only"}
EFFECTS = {
    "property-added": Effect.NOTHING,
    "required-property-added": Effect.NARROWS,
    "property-removed": Effect.UNKNOWN,
    "required-property-removed": Effect.UNKNOWN,
    "became-required": Effect.NARROWS,
    "became-optional": Effect.WIDENS,
    "became-read-only": Effect.UNKNOWN,
    "became-not-read-only": Effect.NOTHING,
    "became-write-only": Effect.NOTHING,
    "became-not-write-only": Effect.NOTHING,
}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.below("properties"), new.below("properties")
    needed = required(old), required(new)
    for name in after:
        if name not in before:
            yield _added(name, old, after[name], name in needed[1])
    for name in before:
        if name not in after:
            yield _removed(name, before[name], new, name in needed[0])
        else:
            yield from _kept(name, before[name], after[name], (name in needed[0], name in needed[1]))
    yield from _undescribed(old, new)


def _undescribed(old: Part, new: Part) -> Iterator[Change]:
    """Names that are required, or were, where no property said what they are."""
    needed = member_required(old), member_required(new)
    own = required(old), required(new)
    before, after = old.below("properties"), new.below("properties")
    for name in sorted(own[0] - needed[1]):
        if name not in before:
            yield need_changed(name, old, after.get(name, new), False)
    for name in sorted(own[1] - needed[0]):
        if name not in before and name not in after:
            yield need_changed(name, old, new, True)


def _added(name: str, old: Part, new: Part, needed: bool) -> Change:
    write_only = "write-only-" if new.flag("writeOnly") else ""
    ids = {
        Direction.REQUEST: "new-optional-{request}property",
        Direction.RESPONSE: f"{{response}}{'required' if needed else 'optional'}-{write_only}property-added",
    }
    if needed:
        default = "-with-default" if "default" in new else ""
        ids[Direction.REQUEST] = f"new-required-{{request}}property{default}"
    slug = "required-property-added" if needed else "property-added"
    kind = "required property" if needed else "property"
    return _marked(Change(slug, EFFECTS[slug], f"{kind} was added", old, new, name, ids), new)


def _removed(name: str, old: Part, new: Part, needed: bool) -> Change:
    write_only = "write-only-" if old.flag("writeOnly") else ""
    ids = {
        Direction.REQUEST: "{scope}-removed",
        Direction.RESPONSE: f"{{response}}{'required' if needed else 'optional'}-{write_only}property-removed",
    }
    slug = "required-property-removed" if needed else "property-removed"

    def verdict(direction: Direction, typed: bool) -> tuple[str, Effect]:
        if direction is Direction.REQUEST:
            return slug, Effect.UNKNOWN
        return slug, Effect.WIDENS if needed else Effect.NOTHING

    said = f"{'required ' if needed else ''}property was removed"
    return _marked(Change(slug, EFFECTS[slug], said, old, new, name, ids, verdict), old)


def _kept(name: str, old: Part, new: Part, needed: tuple[bool, bool]) -> Iterator[Change]:
    if needed[0] != needed[1]:
        yield need_changed(name, old, new, needed[1])
    word = "required" if needed[1] else "optional"
    for keyword, became in _BECAME.items():
        before, after = old.flag(keyword), new.flag(keyword)
        if before != after:
            slug = f"became-{'' if after else 'not-'}{became}"
            ids = {one: f"{{{one.value}}}{word}-property-{slug}" for one in Direction}
            said = f"became {'' if after else 'not '}{became}"
            verdict = _turned(slug, needed[1])
            yield Change(slug, EFFECTS[slug], said, old, new, name, ids, verdict)


def _turned(slug: str, needed: bool) -> Verdict:
    def verdict(direction: Direction, typed: bool) -> tuple[str, Effect]:
        if slug == "became-not-read-only" and needed and direction is Direction.REQUEST:
            return slug, Effect.NARROWS
        if slug == "became-read-only" and direction is Direction.REQUEST:
            return slug, Effect.UNKNOWN
        if slug == "became-write-only" and needed and direction is Direction.RESPONSE:
            return slug, Effect.WIDENS
        return slug, Effect.NOTHING

    return verdict


def need_changed(name: str, old: Part, new: Part, needed: bool) -> Change:
    """A property that is there on both sides, and must be now, or need not any more."""
    slug = "became-required" if needed else "became-optional"
    ids: dict[Direction, str] = {}
    if needed and "default" in new:
        ids[Direction.REQUEST] = "{scope}-became-required-with-default"
    if new.flag("writeOnly"):
        ids[Direction.RESPONSE] = f"{{response}}write-only-property-{slug}"
    return _marked(Change(slug, EFFECTS[slug], slug.replace("-", " "), old, new, name, ids), new)


def _marked(change: Change, part: Part) -> Change:
    """What is never sent, or never received, has no effect there."""
    return replace(change, read_only=part.flag("readOnly"), write_only=part.flag("writeOnly"))


RULE = Rule(
    "properties",
    frozenset({"properties", "required"}),
    _find,
    EFFECTS,
    (
        ("property-added", "property-removed"),
        ("required-property-added", "required-property-removed"),
        ("became-required", "became-optional"),
        ("became-read-only", "became-not-read-only"),
        ("became-write-only", "became-not-write-only"),
    ),
)
