"""`given` and `aliases`: paths, with the aliases in them written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.kernel.suggest import did_you_mean
from ringwork.style.model import Given
from ringwork.style.reading.asked import Asked, At

# Aliases that name aliases.
_DEPTH = 1_000

Aliases = Mapping[str, tuple[Given, ...]]


def read_aliases(asked: Asked, value: Mapping[str, Any], at: At, known: Aliases) -> Aliases:
    """The aliases of a layer and those it extends, each down to paths."""
    written = asked.members(value, at, "aliases")
    raw = {name: tuple(_alias(asked, one, (*at, "aliases", name))) for name, one in written.items()}
    every = {**known, **raw}
    return {**known, **{name: tuple(_expanded(asked, raw[name], every, (name,))) for name in raw}}


def read_given(asked: Asked, value: Any, at: At, aliases: Aliases) -> tuple[Given, ...]:
    """The paths of a rule."""
    return tuple(_expanded(asked, tuple(_paths(asked, value, at, None)), aliases, ()))


def _alias(asked: Asked, value: Any, at: At) -> Iterator[Given]:
    if not isinstance(value, dict):
        yield from _paths(asked, value, at, None)
        return
    targets = value.get("targets")
    if not isinstance(targets, list):
        yield from _paths(asked, value.get("given"), (*at, "given"), None)
        return
    for index, target in enumerate(targets):
        place = (*at, "targets", index)
        if isinstance(target, dict):
            formats = asked.formats(target, place)
            yield from _paths(asked, target.get("given"), (*place, "given"), formats)
        else:
            asked.wrong(place, "a target is an object", "Write `formats` and `given`.")


def _paths(asked: Asked, value: Any, at: At, formats: frozenset[str] | None) -> Iterator[Given]:
    for index, one in enumerate(value if isinstance(value, list) else [value]):
        place = (*at, index) if isinstance(value, list) else at
        if isinstance(one, str) and one.startswith(("$", "#")):
            yield Given(one, formats, asked.where(place))
        else:
            help = "Write a JSONPath (`$.info`) or an alias (`#Name`)."
            asked.wrong(place, "this is no path", help, "ruleset-given")


def _expanded(
    asked: Asked, paths: tuple[Given, ...], aliases: Aliases, within: tuple[str, ...]
) -> Iterator[Given]:
    """Paths with aliases written out."""
    for given in paths:
        if given.path.startswith("$"):
            yield given
            continue
        name, rest = _split(given.path[1:])
        if name not in aliases or name in within or len(within) > _DEPTH:
            what = "leads to itself" if name in aliases else "is not there"
            help = did_you_mean(name, aliases.keys())
            asked.problems.error("ruleset-alias", given.where, f'the alias "{name}" {what}', help)
            continue
        for found in _expanded(asked, aliases[name], aliases, (*within, name)):
            yield Given(found.path + rest, _narrowed(given.formats, found.formats), given.where)


def _split(written: str) -> tuple[str, str]:
    """`Operation.parameters` → `Operation`, `.parameters`"""
    cut = min((written.index(mark) for mark in ".[^~" if mark in written), default=len(written))
    return written[:cut], written[cut:]


def _narrowed(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None or second is None:
        return first if second is None else second
    return first & second
