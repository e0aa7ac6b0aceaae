"""Whether a value may arrive on a ring: read from the document the ring is shown, and from nothing else.

Closed world: what no shown schema declares must not arrive. In a union that nothing decides, a member that one branch
shows and another hides may do either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ringwork.mock.document import Document, Schema
from ringwork.sweep.marks import mark_of, marked_in
from ringwork.sweep.values import Value

Json = Any


class Expected(IntEnum):
    """Ordered: what encloses a value bounds it."""

    HIDDEN = 0
    EITHER = 1
    SHOWN = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    expected: Expected
    why: str

    def within(self, outer: Verdict) -> Verdict:
        return outer if outer.expected < self.expected else self


SHOWN = Verdict(Expected.SHOWN, "")
_VAGUE = Verdict(Expected.EITHER, "what is shown of it does not say what it is")
_TELLING = frozenset(
    (
        *("type", "enum", "const", "properties", "patternProperties", "additionalProperties", "items"),
        *("prefixItems", "oneOf", "anyOf", "unevaluatedProperties", "unevaluatedItems"),
    )
)


class ShownDocument:
    """The document of one ring, whose schemas were numbered before it was made."""

    def __init__(self, root: dict[str, Json]) -> None:
        self.document = Document(root)
        self._shown = marked_in(root)

    def find(self, schema: Schema, holders: Mapping[int, Schema]) -> Schema | None:
        """What the ring is shown of a schema of the whole contract, where its `holders` have it; None: nothing."""
        mark = mark_of(schema)
        shown = None if mark is None else self._shown.get(mark)
        holder = holders.get(id(schema))
        if shown is None or holder is None:
            return shown
        held = self.find(holder, holders)
        return shown if held is not None and mark in self._branches(held) else None

    def _branches(self, schema: Schema) -> Iterator[str | None]:
        """Marks of a shown schema's branches, and of what they refer to."""
        for keyword in ("allOf", "oneOf", "anyOf"):
            for branch in schema.get(keyword, ()):
                if isinstance(branch, dict):
                    yield mark_of(branch)
                    yield mark_of(self.document.resolved(branch))


class Expectations:
    """Verdicts on the values of one body, for one ring. `root` is the verdict on the body itself."""

    def __init__(self, shown: ShownDocument, ring: str, root: Verdict) -> None:
        self._shown = shown
        self._ring = ring
        self._root = root
        self._known: dict[int, Verdict] = {}

    def of(self, value: Value) -> Verdict:
        known = self._known.get(id(value))
        if known is None:
            outer = self._root if value.parent is None else self.of(value.parent)
            own = self._own(value)
            if own is not _VAGUE:
                own = own.within(self._as_what_it_is(value))
            known = self._known[id(value)] = own.within(outer)
        return known

    def _own(self, value: Value) -> Verdict:
        """As a part of what it is in."""
        container = value.parent
        if container is None:
            return SHOWN
        match value.way:
            case "declared":
                return self._declared(container, value.name)
            case "undeclared":
                return Verdict(Expected.HIDDEN, "no schema declares it")
            case "map":
                return self._open(container, ("additionalProperties", "unevaluatedProperties"))
            case "pattern":
                return self._by_pattern(container, value)
            case "place":
                return self._at_place(container, int(value.name))
            case _:
                return self._open(container, ("items",))

    def _declared(self, container: Value, name: str) -> Verdict:
        declaring = [one for one in container.described if name in _properties(one)]
        hiding = [one for one in declaring if name not in _properties(self._find(container, one) or {})]
        if hiding:
            return Verdict(Expected.HIDDEN, f"{_named(hiding)} does not show it")
        for other in container.others:
            if name in _properties(other) and name not in _properties(self._find(container, other) or {}):
                return Verdict(Expected.EITHER, "another branch of an undecided union hides it")
        return SHOWN

    def _open(self, container: Value, keywords: Sequence[str]) -> Verdict:
        saying = [(one, word) for one in container.described for word in keywords if _is_open(one, word)]
        for schema, word in saying:
            if not _is_open(self._find(container, schema) or {}, word):
                if "items" in keywords and self._is_vague(container):
                    return _VAGUE
                return Verdict(Expected.HIDDEN, f"{_named([schema])} does not show its {word}")
        if not saying:
            return Verdict(Expected.EITHER, "nothing says what this holds")
        silent = len(container.described) > len({id(schema) for schema, _ in saying})
        if container.others or (silent and "items" not in keywords):
            return Verdict(Expected.EITHER, "another schema of the same value does not say that it is open")
        return SHOWN

    def _by_pattern(self, container: Value, value: Value) -> Verdict:
        for schema in container.described:
            for pattern in _map(schema, "patternProperties"):
                shown = _map(self._find(container, schema) or {}, "patternProperties")
                if pattern == value.pattern and pattern not in shown:
                    return Verdict(Expected.HIDDEN, f"{_named([schema])} does not show names by this pattern")
                if pattern != value.pattern and _found(pattern, value.name):
                    return Verdict(Expected.EITHER, "several patterns fit the name")
        if container.others:
            return Verdict(Expected.EITHER, "a union")
        return self._declared(container, value.name)

    def _at_place(self, container: Value, place: int) -> Verdict:
        for schema in container.described:
            if "prefixItems" in schema:
                shown = self._find(container, schema) or {}
                if len(shown.get("prefixItems", ())) <= place:
                    return Verdict(Expected.HIDDEN, f"{_named([schema])} does not show its items")
        return SHOWN

    def _as_what_it_is(self, value: Value) -> Verdict:
        """By its type and value, whatever it is in. What a union was decided for says what it is, and nothing else."""
        if not value.described:
            return SHOWN
        hidden = [one for one in value.described if self._find(value, one) is None]
        taken = [one for one in hidden if id(one) in value.taken]
        if taken or len(hidden) == len(value.described):
            return self._of_unseen(value, taken or hidden)
        if value.is_container:
            return SHOWN
        if hidden and self._is_vague(value):
            return _VAGUE
        for schema in value.described:
            shown = self._find(value, schema)
            if shown is not None and not _says(shown, value.scalar):
                return Verdict(Expected.HIDDEN, f"{_named([schema])} does not show this value")
        return self._in_the_clear(value)

    def _of_unseen(self, value: Value, hidden: Sequence[Schema]) -> Verdict:
        """Of a schema that is not shown; another branch may show values of that type."""
        branches = [shown for other in value.others if (shown := self._find(value, other)) is not None]
        if value.is_container and value.others:
            return Verdict(Expected.EITHER, f"{_named(hidden)}, a branch, is not shown")
        if any(_says(branch, value.scalar) for branch in branches) and not value.is_container:
            return Verdict(Expected.EITHER, "another branch of an undecided union shows values of this type")
        return Verdict(Expected.HIDDEN, f"{_named(hidden)} is not shown")

    def _is_vague(self, value: Value) -> bool:
        """Whether the ring is shown that there is something, and nothing of what it is: such a schema shows scalars,
        and lists of them.
        """
        shown = [found for one in value.described if (found := self._find(value, one)) is not None]
        return bool(shown) and not any(_TELLING & one.keys() for one in shown)

    def _find(self, value: Value, schema: Schema) -> Schema | None:
        return self._shown.find(schema, value.holders)

    def _in_the_clear(self, value: Value) -> Verdict:
        for schema in value.described:
            sensitive = schema.get("x-sensitive")
            masks = sensitive.get("mask") if isinstance(sensitive, Mapping) else None
            if isinstance(masks, Mapping) and self._ring in masks:
                return Verdict(Expected.HIDDEN, f"it is masked on this ring ({masks[self._ring]})")
            if schema.get("writeOnly") is True:
                return Verdict(Expected.HIDDEN, "it is writeOnly")
        return SHOWN


def _properties(schema: Schema) -> Mapping[str, Json]:
    return _map(schema, "properties")


def _map(schema: Schema, keyword: str) -> Mapping[str, Json]:
    found = schema.get(keyword)
    return found if isinstance(found, Mapping) else {}


def _is_open(schema: Schema, keyword: str) -> bool:
    said = schema.get(keyword)
    return said is True or isinstance(said, Mapping)


def _says(schema: Schema, scalar: Json) -> bool:
    """Whether a shown schema has a place for this value."""
    listed = schema.get("enum")
    if not isinstance(listed, list):
        listed = None
    # `nullable` is often forgotten where null is listed (OpenAPI 3.0), and tells nothing.
    if scalar is None and listed is not None and None in listed:
        return True
    is_listed = listed is None or scalar in listed
    is_constant = "const" not in schema or schema["const"] == scalar
    return is_listed and is_constant and _is_of_type(schema, scalar)


def _is_of_type(schema: Schema, scalar: Json) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        return True
    named = set(kinds if isinstance(kinds, list) else [kinds])
    if schema.get("nullable"):
        named.add("null")
    return not named.isdisjoint(_types(scalar))


def _types(scalar: Json) -> set[str]:
    if scalar is None:
        return {"null"}
    if isinstance(scalar, bool):
        return {"boolean"}
    return {"string"} if isinstance(scalar, str) else {"number", "integer"}


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True


def _named(schemas: Iterable[Schema]) -> str:
    return next((mark for schema in schemas if (mark := mark_of(schema)) is not None), "a schema")
