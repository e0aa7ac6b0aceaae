"""What a call demands of its caller, as `exposure.lock` says it: scopes, `|` between alternatives; after `where` the
values of its request that must be the caller's own.

The less a line names, the more may call: a demand that goes is a widening, one that comes is none.
"""

from __future__ import annotations

from collections.abc import Iterable

from ringwork.intent.model import OperationIntent

_ARROW = " -> "


def written(operation: OperationIntent) -> str:
    """`orders:read orders:write | admin where path.id=claim.sub`; nothing where nothing is demanded."""
    scopes = " | ".join(" ".join(alternative) for alternative in operation.scopes)
    bound = " ".join(_binding(*one) for one in operation.bindings)
    return " ".join((*([scopes] if scopes else []), *(["where", bound] if bound else [])))


def _binding(place: str, name: str, any: Iterable[tuple[str, str]]) -> str:
    return f"{place}{'#' if place == 'body' else '.'}{name}={','.join(_own(*own) for own in any)}"


def _own(kind: str, pointer: str) -> str:
    if kind != "claim":
        return f"caller.{kind}"
    is_nested = "/" in pointer[1:] or "~" in pointer
    return f"claim#{pointer}" if is_nested else f"claim.{pointer[1:]}"


def split(said: str) -> tuple[str, str]:
    """What a line says of a call, without its demand, and that."""
    name, _, demand = said.partition(_ARROW)
    return name, demand


def is_covered(demand: str, locked: str) -> bool:
    """Whether whoever satisfies `demand` satisfies `locked` too."""
    scopes, bound = _read(demand)
    locked_scopes, locked_bound = _read(locked)
    in_scope = all(any(less <= one for less in locked_scopes) for one in scopes)
    return in_scope and all(any(_is_tighter(one, other) for one in bound) for other in locked_bound)


def _is_tighter(binding: str, other: str) -> bool:
    """Whether a value is bound to no more than in `other`."""
    (name, _, any), (other_name, _, allowed) = binding.partition("="), other.partition("=")
    return name == other_name and set(any.split(",")) <= set(allowed.split(","))


def _read(demand: str) -> tuple[list[frozenset[str]], list[str]]:
    scopes, _, bound = f" {demand}".partition(" where ")
    alternatives = [frozenset(one.split(" ")) - {""} for one in scopes.split(" | ")]
    return alternatives, bound.split(" ") if bound else []
