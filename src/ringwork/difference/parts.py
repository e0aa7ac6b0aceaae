"""Parts of the two contracts, references followed. A part is read when a rule asks for it, and once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ringwork import _native


class Part:
    """A value of a document. `reference`: the text of the `$ref` that led here, if one did."""

    def __init__(self, side: _native.Side, number: int) -> None:
        self.side = side
        self.reference = side.reference(number)
        self.number = number if self.reference is None else side.target(number)

    @cached_property
    def members(self) -> dict[str, int]:
        return self.side.members(self.number)

    @cached_property
    def kind(self) -> str:
        return self.side.kind(self.number)

    @property
    def hash(self) -> int | None:
        return self.side.hash(self.number)

    def __contains__(self, key: str) -> bool:
        return key in self.members

    def get(self, key: str) -> Part | None:
        """The member's value as a part."""
        number = self.members.get(key)
        return None if number is None else Part(self.side, number)

    def below(self, key: str) -> dict[str, Part]:
        """Members of a member: name → part. Empty where it is no object."""
        holder = self.get(key)
        return {} if holder is None else {name: Part(self.side, at) for name, at in holder.members.items()}

    def get_below(self, holder: str, key: str) -> dict[str, Part]:
        """Members of a member of a member."""
        found = self.get(holder)
        return {} if found is None else found.below(key)

    def each(self, key: str) -> list[Part]:
        """Items of a member that is a list; empty where it is none."""
        number = self.members.get(key)
        return [] if number is None else [Part(self.side, at) for at in self.side.items(number)]

    def value(self, key: str | None = None, default: Any = None) -> Any:
        """The part, or a member of it, as plain values."""
        if key is None:
            return self.side.value(self.number)
        number = self.members.get(key)
        return default if number is None else self.side.value(number)

    def text(self, key: str) -> str | None:
        value = self.value(key)
        return value if isinstance(value, str) else None

    def flag(self, key: str) -> bool:
        return self.value(key) is True

    def number_of(self, key: str) -> int | float | None:
        value = self.value(key)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    @property
    def truth(self) -> bool | None:
        """What a schema that is `true` or `false` is."""
        return self.side.value(self.number) if self.kind == "boolean" else None

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column, from 1."""
        return self.side.place(self.number)

    @property
    def pointer(self) -> str:
        """JSON Pointer within its file (RFC 6901)."""
        return self.side.pointer(self.number)


def same(old: Part, new: Part) -> bool:
    """Whether both mean the same to a caller, through all they refer to."""
    known = old.hash
    return known is not None and known == new.hash


def types(schema: Part, depth: int = 8) -> frozenset[str]:
    """JSON types a value may have, in either version's words, those of alternatives and members included; none: any.

    `null` is `nullable`'s business where there is another.
    """
    declared = declared_types(schema)
    if declared or depth == 0:
        return declared - {"null"} or declared
    for member in schema.each("allOf"):
        found = types(member, depth - 1)
        if found:
            return found
    for keyword in ("oneOf", "anyOf"):
        branches = [types(branch, depth - 1) for branch in schema.each(keyword)]
        if branches and all(branches):
            return frozenset().union(*branches) - {"null"} or frozenset({"null"})
    return frozenset()


def declared_types(schema: Part) -> frozenset[str]:
    named = schema.value("type")
    listed = named if isinstance(named, list) else [named]
    return frozenset(one for one in listed if isinstance(one, str))


def is_nullable(schema: Part) -> bool:
    """`nullable: true` of 3.0, or `null` beside another type of 3.1."""
    declared = declared_types(schema)
    return schema.flag("nullable") or ("null" in declared and len(declared) > 1)


def required(schema: Part) -> frozenset[str]:
    listed = schema.value("required")
    return (
        frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else frozenset()
    )
