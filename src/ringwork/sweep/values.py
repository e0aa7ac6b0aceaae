"""What the service answers, with the schemas each value of it is described by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ringwork.mock.document import Schema

Json = Any
Way = Literal["root", "declared", "undeclared", "map", "pattern", "item", "place"]
Pointer = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Value:
    """A value and how it was reached: `name` is a member's name, or the position of an item.

    `described`: the schemas it was made by, one way through every union; `others`: the branches of undecided unions
    that were not taken. By `id()`: `holders`, the schema that one of them is a branch of; `taken`, branches of unions.
    `scalar` where there are no `children`. `pattern`: what a pattern member was made by.
    """

    parent: Value | None
    way: Way
    name: str
    described: tuple[Schema, ...]
    others: tuple[Schema, ...] = ()
    holders: Mapping[int, Schema] = field(default_factory=dict)
    taken: frozenset[int] = frozenset()
    is_list: bool = False
    scalar: Json = None
    children: list[Value] = field(default_factory=list)
    is_container: bool = False
    pattern: str | None = None

    def plain(self) -> Json:
        """As JSON."""
        if not self.is_container:
            return self.scalar
        if self.is_list:
            return [child.plain() for child in self.children]
        return {child.name: child.plain() for child in self.children}

    def leaves(self, at: Pointer = ()) -> Iterator[tuple[Pointer, Value]]:
        """Every scalar and where it is."""
        if not self.is_container:
            yield at, self
        for child in self.children:
            yield from child.leaves((*at, child.name))


def scalars_of(value: Json, at: Pointer = ()) -> Iterator[tuple[Pointer, Json]]:
    """The same of any JSON."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from scalars_of(child, (*at, name))
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from scalars_of(child, (*at, str(number)))
    else:
        yield at, value
