"""Whether every value of one schema is a value of another, where that can be shown.

A proof or nothing: `is_within` says True only for what holds for all values, and gives up beyond its budget. Its
keywords are those of JSON Schema that it knows; another one, on the side that must be met, is met by the very same
text only.
"""

from __future__ import annotations

import json
from typing import Any

from ringwork.difference.parts import Part, declared_types, required, same

# Pairs of schemas looked at for one question, for all of them, and one within another.
_BUDGET = 2_000
_BUDGET_OF_ALL = 200_000
_DEPTH = 50

_PROSE = {
    "description", "title", "example", "examples", "default", "externalDocs", "deprecated", "readOnly", "writeOnly",
    "xml", "$comment", "$id", "$schema", "$anchor", "discriminator",
}  # fmt: skip
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_JUDGED = {
    "type", "nullable", "format", "enum", "const", "pattern", "required", "properties", "items", "allOf", "anyOf",
    "oneOf", "additionalProperties", "uniqueItems", *_UPPER, *_LOWER,
}  # fmt: skip
_ALL_TYPES = frozenset({"null", "boolean", "number", "string", "array", "object"})


class Proofs:
    """Questions of one comparison, and what they may cost together."""

    def __init__(self) -> None:
        self._left = _BUDGET_OF_ALL

    def is_within(self, some: Part, others: Part) -> bool:
        """Whether it is shown that every value of `some` is one of `others`."""
        if self._left <= 0:
            return False
        proof = _Proof()
        shown = proof.within(some, others, 0)
        self._left -= _BUDGET - proof.left
        return shown


def is_annotation_only(schema: Part) -> bool:
    """Whether it refuses no value."""
    return schema.truth is not False and not _constraints(schema)


def _constraints(schema: Part) -> set[str]:
    return {key for key in schema.members if key not in _PROSE and not key.startswith("x-")}


class _Proof:
    def __init__(self) -> None:
        self.left = _BUDGET
        self._assumed: set[tuple[int, int, int, int]] = set()

    def within(self, some: Part, others: Part, depth: int) -> bool:
        self.left -= 1
        if self.left < 0 or depth > _DEPTH:
            return False
        if some.truth is False or is_annotation_only(others) or same(some, others):
            return True
        key = (id(some.side), some.number, id(others.side), others.number)
        # Schemas that contain themselves: what is being shown may be assumed one level below.
        if key in self._assumed:
            return True
        self._assumed.add(key)
        shown = self._shown(some, others, depth + 1)
        if not shown:
            self._assumed.discard(key)
        return shown

    def _shown(self, some: Part, others: Part, depth: int) -> bool:
        if others.truth is False:
            return False
        return self._by_parts(some, others, depth) or self._directly(some, others, depth)

    def _by_parts(self, some: Part, others: Part, depth: int) -> bool:
        """All alternatives of `some` fit, or one of the schemas it is made of does."""
        for keyword in ("anyOf", "oneOf"):
            branches = some.each(keyword)
            if branches and all(self.within(branch, others, depth) for branch in branches):
                return True
        return any(self.within(member, others, depth) for member in some.each("allOf"))

    def _directly(self, some: Part, others: Part, depth: int) -> bool:
        if not all(self.within(some, member, depth) for member in others.each("allOf")):
            return False
        branches = others.each("anyOf")
        if branches and not any(self.within(some, branch, depth) for branch in branches):
            return False
        if others.each("oneOf") and not self._in_exactly_one(some, others.each("oneOf"), depth):
            return False
        unknown = _constraints(others) - _JUDGED
        if any(key not in some or some.value(key) != others.value(key) for key in unknown):
            return False
        return self._keywords(some, others, depth)

    def _in_exactly_one(self, some: Part, branches: list[Part], depth: int) -> bool:
        fits = [branch for branch in branches if self.within(some, branch, depth)]
        return len(fits) == 1 and all(branch is fits[0] or _are_apart(some, branch) for branch in branches)

    def _keywords(self, some: Part, others: Part, depth: int) -> bool:
        return (
            _types_within(some, others)
            and _values_within(some, others)
            and _bounds_within(some, others)
            and _texts_within(some, others)
            and self._members_within(some, others, depth)
            and self._items_within(some, others, depth)
        )

    def _members_within(self, some: Part, others: Part, depth: int) -> bool:
        if "object" not in _types(some):
            return True
        if not required(others) <= required(some):
            return False
        mine, theirs = some.below("properties"), others.below("properties")
        closed = _is_closed(some)
        for name, wanted in theirs.items():
            if name in mine:
                if not self.within(mine[name], wanted, depth):
                    return False
            elif not closed and not is_annotation_only(wanted):
                return False
        rest = others.get("additionalProperties")
        if rest is None or is_annotation_only(rest):
            return True
        if rest.truth is False:
            return closed and mine.keys() <= theirs.keys() and "patternProperties" not in some
        own = some.get("additionalProperties")
        return own is not None and self.within(own, rest, depth) and mine.keys() <= theirs.keys()

    def _items_within(self, some: Part, others: Part, depth: int) -> bool:
        wanted, mine = others.get("items"), some.get("items")
        if wanted is None or "array" not in _types(some):
            return not (others.flag("uniqueItems") and not some.flag("uniqueItems"))
        if others.flag("uniqueItems") and not some.flag("uniqueItems"):
            return False
        return mine is not None and self.within(mine, wanted, depth)


def _is_closed(schema: Part) -> bool:
    rest = schema.get("additionalProperties")
    return rest is not None and rest.truth is False and "patternProperties" not in schema


def _types(schema: Part) -> frozenset[str]:
    """Types of the values there are; `integer` counts as a number here."""
    declared = declared_types(schema)
    found = {"number" if one == "integer" else one for one in declared} or set(_ALL_TYPES)
    return frozenset(found | ({"null"} if declared and schema.flag("nullable") else set()))


def _types_within(some: Part, others: Part) -> bool:
    if not _types(some) <= _types(others):
        return False
    wanted = declared_types(others)
    return not ("integer" in wanted and "number" not in wanted and "number" in _types(some)) or (
        "integer" in declared_types(some) and "number" not in declared_types(some)
    )


def _values(schema: Part) -> set[str] | None:
    if "const" in schema:
        return {json.dumps(schema.value("const"), sort_keys=True)}
    listed = schema.value("enum")
    return {json.dumps(one, sort_keys=True) for one in listed} if isinstance(listed, list) else None


def _values_within(some: Part, others: Part) -> bool:
    mine, theirs = _values(some), _values(others)
    return theirs is None or (mine is not None and mine <= theirs)


def _bounds_within(some: Part, others: Part) -> bool:
    return all(_limit_within(some, others, key, 1) for key in _UPPER) and all(
        _limit_within(some, others, key, -1) for key in _LOWER
    )


def _limit_within(some: Part, others: Part, key: str, sign: int) -> bool:
    wanted: Any = others.value(key)
    if wanted is None or wanted is False:
        return True
    mine: Any = some.value(key)
    if wanted is True or mine is True:
        return bool(mine == wanted)
    return isinstance(mine, int | float) and isinstance(wanted, int | float) and sign * mine <= sign * wanted


def _texts_within(some: Part, others: Part) -> bool:
    return all(key not in others or some.value(key) == others.value(key) for key in ("pattern", "format"))


def _are_apart(some: Part, others: Part) -> bool:
    """Whether it is shown that no value is one of both."""
    if not _types(some) & _types(others):
        return True
    mine, theirs = _values(some), _values(others)
    if mine is not None and theirs is not None and not mine & theirs:
        return True
    fields = some.below("properties"), others.below("properties")
    needed = required(some) & required(others)
    return "object" in _types(some) and any(
        name in fields[0] and name in fields[1] and _are_apart_values(fields[0][name], fields[1][name])
        for name in needed
    )


def _are_apart_values(some: Part, others: Part) -> bool:
    mine, theirs = _values(some), _values(others)
    return mine is not None and theirs is not None and not mine & theirs
