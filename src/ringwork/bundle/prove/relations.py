"""What may stand at one place of what was emitted, and which line of the estate says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ringwork.kernel.findings import Location


class Relation(Protocol):
    @property
    def place(self) -> Location | None: ...

    def objection(self, reached: Any) -> str | None:
        """Why `reached` is more than is allowed; None: it is not."""


@dataclass(frozen=True, slots=True)
class Exactly:
    """This and nothing else. Lists count in order."""

    value: Any
    place: Location | None = None

    def objection(self, reached: Any) -> str | None:
        return None if _plain(reached) == _plain(self.value) else f"the estate says {_shown(self.value)}"


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[Any, ...]
    place: Location | None = None

    def objection(self, reached: Any) -> str | None:
        return None if reached in self.values else f"the estate says {_shown(list(self.values))}"


@dataclass(frozen=True, slots=True)
class Among:
    """A list with nothing in it but these."""

    values: frozenset[str]
    place: Location | None = None

    def objection(self, reached: Any) -> str | None:
        more = sorted(set(reached or ()) - self.values)
        return f"the estate does not say {_shown(more)}" if more else None


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A list with all of these in it."""

    values: frozenset[str]
    place: Location | None = None

    def objection(self, reached: Any) -> str | None:
        fewer = sorted(self.values - set(reached or ()))
        return f"{_shown(fewer)} is missing" if fewer else None


@dataclass(frozen=True, slots=True)
class Anything:
    """No decision of the estate's, or one that is proven elsewhere."""

    place: Location | None = None

    def objection(self, reached: Any) -> str | None:
        return None


Tree = Mapping[str, "Relation | Tree"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`pointer`: where in what was emitted; `place`: the line that does not allow it."""

    pointer: str
    message: str
    place: Location | None


def differences(reached: Mapping[str, Any], allowed: Tree, pointer: str = "") -> Iterator[Difference]:
    """Everything in `reached` that `allowed` does not admit. A member nobody knows is a decision nobody made."""
    for name in sorted({*reached, *allowed}):
        below, value = f"{pointer}/{_token(name)}", reached.get(name)
        relation = allowed.get(name)
        if relation is None:
            if _plain(value) is not None:
                yield Difference(below, f"nothing in the estate says {_shown(value)}", None)
        elif isinstance(relation, Mapping):
            yield from differences(value if isinstance(value, Mapping) else {}, relation, below)
        else:
            objection = relation.objection(value)
            if objection is not None:
                yield Difference(below, f"{_shown(value)} is reached, {objection}", relation.place)


def _plain(value: Any) -> Any:
    """Without what says nothing: absent, null and empty are one to a gateway, and so is False."""
    if isinstance(value, Mapping):
        members = {name: _plain(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None} or None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value] or None
    return None if value is False else value


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 120 else text[:120] + "…"


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
