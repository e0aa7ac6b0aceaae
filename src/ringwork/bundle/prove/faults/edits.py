"""Changes of JSON that faults are made of; a change that changes nothing is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringwork.bundle.prove.faults.tampering import Inapplicable, found

Json = dict[str, Any]
Edit = Callable[[Json], None]

# Of a JWK set: somebody's, whom nobody is to believe.
STRANGE_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "evil"}


def put(value: Any, *path: str) -> Edit:
    """`value` at `path`, whether or not there is something."""

    def edit(content: Json) -> None:
        holder = _at(content, path[:-1])
        if holder.get(path[-1]) == value:
            raise Inapplicable
        holder[path[-1]] = value

    return edit


def replace(value: Any, *path: str) -> Edit:
    """`value` in place of what is at `path`."""

    def edit(content: Json) -> None:
        _at(content, path)
        put(value, *path)(content)

    return edit


def drop(*path: str) -> Edit:
    """What is at `path`, if it says anything, is gone."""

    def edit(content: Json) -> None:
        found(_at(content, path))
        del _at(content, path[:-1])[path[-1]]

    return edit


def append(value: Any, *path: str) -> Edit:
    """`value` at the end of the list at `path`."""
    return lambda content: _at(content, path).append(value)


def _at(content: Any, path: tuple[str, ...]) -> Any:
    """Raises Inapplicable where there is nothing."""
    for step in path:
        content = content.get(step)
        if content is None:
            raise Inapplicable
    return content
