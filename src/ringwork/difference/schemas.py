"""Two versions of a schema, compared once however many operations use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringwork.difference import composition
from ringwork.difference.meaning import Proofs, is_annotation_only
from ringwork.difference.model import Change, Effect
from ringwork.difference.parts import Part, declared_types, is_nullable, same
from ringwork.difference.rules import RULES, list_of_types, properties
from ringwork.difference.rules import nullable as nullability

# Members that are one schema each; `not` turns round what its schema means.
_SINGLE = (
    "items", "additionalProperties", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "if",
    "then", "else", "not", "contentSchema",
)  # fmt: skip
_NAMED = ("patternProperties", "dependentSchemas")
# Of these oasdiff has no rule that says they came or went.
_OPEN = ("additionalProperties", "items")


@dataclass(frozen=True, slots=True)
class Step:
    """From a schema to one within it. `named`: it is a property, and its name is the last of the path."""

    label: str
    named: bool = False
    inverted: bool = False


@dataclass(slots=True, eq=False)
class Pair:
    """What changed in a schema itself, and the schemas below in which something may have."""

    old: Part
    new: Part
    changes: list[Change] = field(default_factory=list)
    below: list[tuple[Step, Pair]] = field(default_factory=list)
    # Whether anything changed in it or below.
    alive: bool = False


class Schemas:
    """All pairs of one comparison."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], Pair] = {}
        self._waiting: list[Pair] = []
        self._proofs = Proofs()

    def pair(self, old: Part, new: Part) -> Pair | None:
        """Nothing where both mean the same. Complete after `settle`."""
        if same(old, new):
            return None
        key = old.number, new.number
        known = self._pairs.get(key)
        if known is None:
            known = self._pairs[key] = Pair(old, new)
            self._waiting.append(known)
        return known

    def settle(self) -> None:
        """Compares all that was asked for, and what that leads to."""
        while self._waiting:
            self._compare(self._waiting.pop())
        self._mark_alive()

    def _mark_alive(self) -> None:
        above: dict[int, list[Pair]] = {}
        for pair in self._pairs.values():
            for _, below in pair.below:
                above.setdefault(id(below), []).append(pair)
        left = [pair for pair in self._pairs.values() if pair.changes]
        for pair in left:
            pair.alive = True
        while left:
            for pair in above.get(id(left.pop()), ()):
                if not pair.alive:
                    pair.alive = True
                    left.append(pair)

    def _compare(self, pair: Pair) -> None:
        old, new = _bare(pair)
        if old.truth is not None or new.truth is not None:
            pair.changes += TRUTH.find(old, new)
            if old.truth is False or new.truth is False:
                return
        there = old.members.keys() | new.members.keys()
        listed = list_of_types.find(old, new)
        told = {"type"} if listed else set()
        if (old, new) != (pair.old, pair.new):
            told.add("nullable")
        rules = [rule for rule in RULES if rule.keywords & there and rule.name not in told]
        found = [*listed, *(change for rule in rules for change in rule.find(old, new))]
        if not listed:
            found += self._composed(pair, old, new)
        pair.changes += _without_moved(found, old, new)
        for step, before, after in _steps(old, new, pair):
            below = self.pair(before, after)
            if below is not None:
                pair.below.append((step, below))

    def _composed(self, pair: Pair, old: Part, new: Part) -> Iterator[Change]:
        wrapped = composition.wrapped(old, new, self._proofs)
        if wrapped is not None:
            yield wrapped
        for keyword in composition.KEYWORDS:
            before, after = old.each(keyword), new.each(keyword)
            matched = composition.match(before, after)
            for name, one, other in matched.both:
                below = self.pair(one, other)
                if below is not None:
                    pair.below.append((Step(f"{keyword}[{name}]"), below))
            whole_body = False if wrapped is not None and keyword == "oneOf" else None
            yield from composition.changes(old, new, keyword, matched, self._proofs, whole_body=whole_body)


def _bare(pair: Pair) -> tuple[Part, Part]:
    """Both schemas, out of a wrapper that only says that `null` is a value, where one side alone has it."""
    old, new = _unwrapped(pair.old), _unwrapped(pair.new)
    if (old is None) == (new is None):
        return pair.old, pair.new
    if new is not None and not is_nullable(pair.old):
        pair.changes.append(nullability.change(pair.old, pair.new, True))
    if old is not None and not is_nullable(pair.new):
        pair.changes.append(nullability.change(pair.old, pair.new, False))
    return old or pair.old, new or pair.new


def _unwrapped(schema: Part) -> Part | None:
    for keyword in ("oneOf", "anyOf"):
        branches = schema.each(keyword)
        if len(branches) == 2 and "properties" not in schema and "allOf" not in schema:
            others = [branch for branch in branches if declared_types(branch) != {"null"}]
            if len(others) == 1:
                return others[0]
    return None


def _without_moved(found: list[Change], old: Part, new: Part) -> list[Change]:
    """A property that moved into an alternative or a member was not removed, and one that moved out was not added."""
    slugs = {"property-removed": new, "required-property-removed": new, "property-added": old}
    slugs["required-property-added"] = old
    moved = {id(side): composition.moved_properties(side) for side in (old, new)}
    return [
        change
        for change in found
        if change.slug not in slugs or change.name not in moved[id(slugs[change.slug])]
    ]


def _steps(old: Part, new: Part, pair: Pair) -> Iterator[tuple[Step, Part, Part]]:
    before, after = old.below("properties"), new.below("properties")
    for name, schema in before.items():
        if name in after:
            yield Step(name, named=True), schema, after[name]
    yield from _moved(old, new, pair)
    for keyword in _SINGLE:
        one, other = old.get(keyword), new.get(keyword)
        is_switch = keyword in _OPEN and any(
            part is not None and part.truth is not None for part in (one, other)
        )
        if one is not None and other is not None and not is_switch:
            yield Step(keyword, inverted=keyword == "not"), one, other
        elif keyword in _OPEN:
            pair.changes += _opened(keyword, old, new, one, other)
    for keyword in _NAMED:
        ones, others = old.below(keyword), new.below(keyword)
        for name in ones.keys() & others.keys():
            yield Step(f"{keyword}[{name}]"), ones[name], others[name]
    for at, (one, other) in enumerate(zip(old.each("prefixItems"), new.each("prefixItems"), strict=False), 1):
        yield Step(f"prefixItems[subschema #{at}]"), one, other


def _moved(old: Part, new: Part, pair: Pair) -> Iterator[tuple[Step, Part, Part]]:
    """Properties that moved into a member of `allOf`, or out of one: the same property, wherever it is written."""
    own = old.below("properties"), new.below("properties")
    if not ("allOf" in old or "allOf" in new) or own[0].keys() == own[1].keys():
        return
    there = composition.member_properties(old) | own[0], composition.member_properties(new) | own[1]
    needed = composition.member_required(old), composition.member_required(new)
    for name in sorted((own[0].keys() ^ own[1].keys()) & there[0].keys() & there[1].keys()):
        yield Step(name, named=True), there[0][name], there[1][name]
        if (name in needed[0]) != (name in needed[1]):
            change = properties.need_changed(name, there[0][name], there[1][name], name in needed[1])
            pair.changes.append(change)


OPENED_EFFECTS = {
    "additional-properties-restricted": Effect.NARROWS,
    "additional-properties-unrestricted": Effect.WIDENS,
    "items-restricted": Effect.NARROWS,
    "items-unrestricted": Effect.WIDENS,
}


def _opened(keyword: str, old: Part, new: Part, one: Part | None, other: Part | None) -> Iterator[Change]:
    """Without the keyword everything is allowed, as with `true` and an empty schema."""
    before, after = _openness(one), _openness(other)
    if before == after:
        return
    slug = "additional-properties" if keyword == "additionalProperties" else "items"
    slug = f"{slug}-{'restricted' if after < before else 'unrestricted'}"
    said = f"{keyword} was {'restricted' if after < before else 'opened'}"
    yield Change(slug, OPENED_EFFECTS[slug], said, one or old, other or new)


def _openness(schema: Part | None) -> int:
    """2: everything, 0: nothing, 1: something."""
    if schema is None or is_annotation_only(schema):
        return 2
    return 0 if schema.truth is False else 1


TRUTH = next(rule for rule in RULES if rule.name == "truth")
