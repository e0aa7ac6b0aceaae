"""What a call demands of its caller, as `exposure.lock` says it: scopes, `|` between alternatives.

The fewer scopes a line names, the more may call: a demand that goes is a widening, one that comes is none.
"""

from __future__ import annotations

from collections.abc import Iterable

_ARROW = " -> "


def written(alternatives: Iterable[Iterable[str]]) -> str:
    """`orders:read orders:write | admin`; nothing where nothing is demanded."""
    return " | ".join(" ".join(scopes) for scopes in alternatives)


def split(said: str) -> tuple[str, str]:
    """What a line says of a call, without its demand, and that."""
    name, _, demand = said.partition(_ARROW)
    return name, demand


def is_covered(demand: str, locked: str) -> bool:
    """Whether whoever satisfies `demand` satisfies `locked` too."""
    allowed = _read(locked)
    return all(any(less <= scopes for less in allowed) for scopes in _read(demand))


def _read(demand: str) -> list[frozenset[str]]:
    return [frozenset(scopes.split(" ")) - {""} for scopes in demand.split(" | ")]
