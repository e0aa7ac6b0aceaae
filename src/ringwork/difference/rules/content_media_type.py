"""`contentMediaType`: how the content of a text is to be read."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

EFFECTS = {"content-media-type-changed": Effect.SWAPS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.text("contentMediaType"), new.text("contentMediaType")
    if before != after:
        said = f"contentMediaType was changed from {before or 'none'} to {after or 'none'}"
        yield Change("content-media-type-changed", Effect.SWAPS, said, old, new)


RULE = Rule(
    "content-media-type-changed",
    frozenset({"contentMediaType"}),
    _find,
    EFFECTS,
    unmirrored={"content-media-type-changed": "It undoes itself."},
)
