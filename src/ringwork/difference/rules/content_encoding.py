"""`contentEncoding`: how the content of a text is to be read."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

EFFECTS = {"content-encoding-changed": Effect.SWAPS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.text("contentEncoding"), new.text("contentEncoding")
    if before != after:
        said = f"contentEncoding was changed from {before or 'none'} to {after or 'none'}"
        yield Change("content-encoding-changed", Effect.SWAPS, said, old, new)


RULE = Rule(
    "content-encoding-changed",
    frozenset({"contentEncoding"}),
    _find,
    EFFECTS,
    unmirrored={"content-encoding-changed": "It undoes itself."},
)
