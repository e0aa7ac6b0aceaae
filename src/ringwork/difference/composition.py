"""`allOf`, `anyOf`, `oneOf`: which alternatives are the same, which came, which went, and what that means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ringwork.difference.meaning import Proofs, is_annotation_only
from ringwork.difference.model import Change, Direction, Effect
from ringwork.difference.parts import Part, required

KEYWORDS = {"allOf": "all-of", "anyOf": "any-of", "oneOf": "one-of"}

EFFECTS: Mapping[str, Effect] = {
    "all-of-added": Effect.NARROWS,
    "all-of-removed": Effect.WIDENS,
    "all-of-added-annotation-only": Effect.NOTHING,
    "all-of-removed-annotation-only": Effect.NOTHING,
    "any-of-added": Effect.WIDENS,
    "any-of-removed": Effect.NARROWS,
    "one-of-added": Effect.WIDENS,
    "one-of-removed": Effect.NARROWS,
    "wrapped-in-one-of": Effect.SWAPS,
    "wrapped-in-one-of-original-preserved": Effect.UNKNOWN,
}
MIRRORS = (
    *((f"{one}-added", f"{one}-removed") for one in KEYWORDS.values()),
    ("all-of-added-annotation-only", "all-of-removed-annotation-only"),
)
UNMIRRORED = {
    "wrapped-in-one-of": "Unwrapped, its alternatives were removed.",
    "wrapped-in-one-of-original-preserved": "Unwrapped, its alternatives were removed.",
}


class Matched(NamedTuple):
    """Alternatives of both sides: those that are one, with its name, those only here, those only there."""

    both: list[tuple[str, Part, Part]]
    removed: list[tuple[str, Part]]
    added: list[tuple[str, Part]]


def match(old: list[Part], new: list[Part]) -> Matched:
    """The same meaning first, then the same name, then what alone is left on either side."""
    before, after = dict(enumerate(old, 1)), dict(enumerate(new, 1))
    both: list[tuple[str, Part, Part]] = []
    for known_by in (_meaning, _own_name):
        there: dict[int | str | None, list[int]] = {}
        for at, schema in after.items():
            there.setdefault(known_by(schema), []).append(at)
        for at, schema in list(before.items()):
            key = known_by(schema)
            if key is not None and there.get(key):
                both.append((_name(at, schema), before.pop(at), after.pop(there[key].pop(0))))
    unnamed = [[at for at, schema in side.items() if _own_name(schema) is None] for side in (before, after)]
    if len(unnamed[0]) == len(unnamed[1]) == 1:
        at = unnamed[0][0]
        both.append((_name(at, before[at]), before.pop(at), after.pop(unnamed[1][0])))
    return Matched(
        both, *([(_name(at, schema), schema) for at, schema in side.items()] for side in (before, after))
    )


def _meaning(schema: Part) -> int | None:
    return schema.hash


def _own_name(schema: Part) -> str | None:
    return schema.reference or schema.text("title")


def _name(at: int, schema: Part) -> str:
    title = schema.text("title")
    return schema.reference or (f"subschema #{at}: {title}" if title else f"subschema #{at}")


def changes(
    old: Part, new: Part, keyword: str, matched: Matched, proofs: Proofs, *, whole_body: bool | None = None
) -> Iterator[Change]:
    """What came and went, as one change each."""
    slug = KEYWORDS[keyword]
    if keyword == "allOf":
        yield from _all_of(old, new, matched, proofs)
        return
    came_or_went = not old.each(keyword) or not new.each(keyword)
    verdict = _of_whole(old, new, proofs) if came_or_went and (matched.added or matched.removed) else None
    for action, listed, settled in (
        ("added", matched.added, not came_or_went and proofs.is_within(new, old)),
        ("removed", matched.removed, not came_or_went and proofs.is_within(old, new)),
    ):
        if listed:
            where = "added to" if action == "added" else "removed from"
            change = _change(f"{slug}-{action}", keyword, where, listed, old, new, settled, whole_body)
            yield change if verdict is None else replace(change, verdict=partial(verdict, change.slug))


def _of_whole(old: Part, new: Part, proofs: Proofs) -> Callable[[str, Direction, bool], tuple[str, Effect]]:
    """Where alternatives come to a schema without any, or all of them go, both schemas are asked, not their lists."""
    fits = proofs.is_within(old, new), proofs.is_within(new, old)

    def verdict(slug: str, direction: Direction, typed: bool) -> tuple[str, Effect]:
        if fits[direction is Direction.RESPONSE]:
            return slug, Effect.NOTHING
        return slug, Effect.SWAPS

    return verdict


def _all_of(old: Part, new: Part, matched: Matched, proofs: Proofs) -> Iterator[Change]:
    for action, listed, some, others in (
        ("added", matched.added, old, new),
        ("removed", matched.removed, new, old),
    ):
        where = "added to" if action == "added" else "removed from"
        empty = [one for one in listed if is_annotation_only(one[1])]
        kept = [one for one in listed if one not in empty]
        if kept:
            # Added: what was valid is valid still; removed: what is valid was valid before.
            settled = proofs.is_within(some, others)
            yield _change(f"all-of-{action}", "allOf", where, kept, old, new, settled)
        if empty:
            yield _change(f"all-of-{action}-annotation-only", "allOf", where, empty, old, new, True)


def _change(
    slug: str,
    keyword: str,
    where: str,
    listed: list[tuple[str, Part]],
    old: Part,
    new: Part,
    settled: bool,
    whole_body: bool | None = None,
) -> Change:
    names = ", ".join(f"`{name}`" for name, _ in listed[:10]) + (" …" if len(listed) > 10 else "")
    proven = (
        "; it means the same to who is concerned" if settled and EFFECTS[slug] is not Effect.NOTHING else ""
    )
    said = f"{names} was {where} {keyword}{proven}"
    return Change(slug, EFFECTS[slug], said, old, new, settled=settled, whole_body=whole_body)


def wrapped(old: Part, new: Part, proofs: Proofs) -> Change | None:
    """Of a whole body: a schema that became one of several: what was promised holds for one of them only, if at all."""
    branches = new.each("oneOf")
    if (
        len(branches) < 2
        or any(key in old for key in KEYWORDS)
        or "properties" not in old
        or "properties" in new
    ):
        return None
    kept = any(proofs.is_within(old, branch) for branch in branches)
    slug = "wrapped-in-one-of-original-preserved" if kept else "wrapped-in-one-of"
    said = "became one of several alternatives" + (", itself among them" if kept else "")
    return Change(slug, EFFECTS[slug], said, old, new, whole_body=True)


def member_properties(schema: Part, depth: int = 8) -> dict[str, Part]:
    """Properties that the members of `allOf` bring along, theirs included."""
    found: dict[str, Part] = {}
    for member in schema.each("allOf") if depth else ():
        found = member_properties(member, depth - 1) | member.below("properties") | found
    return found


def member_required(schema: Part, depth: int = 8) -> frozenset[str]:
    """What a schema demands, by itself and by the members of `allOf`."""
    members = schema.each("allOf") if depth else []
    return required(schema).union(*(member_required(member, depth - 1) for member in members))


def moved_properties(schema: Part) -> frozenset[str]:
    """Properties that stand in the alternatives and members of a schema, not in itself."""
    found = set(member_properties(schema))
    for keyword in ("anyOf", "oneOf"):
        for branch in schema.each(keyword):
            found |= branch.below("properties").keys()
    return frozenset(found)
