"""`default`: what is taken where nothing is sent. No value is refused for it."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import shown

EFFECTS = dict.fromkeys(
    ("default-value-added", "default-value-removed", "default-value-changed"), Effect.NOTHING
)


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.value("default"), new.value("default")
    if ("default" in old, before) == ("default" in new, after):
        return
    if "default" not in old:
        slug, said = "default-value-added", f"default `{shown(after)}` was added"
    elif "default" not in new:
        slug, said = "default-value-removed", f"default `{shown(before)}` was removed"
    else:
        slug, said = (
            "default-value-changed",
            f"default was changed from `{shown(before)}` to `{shown(after)}`",
        )
    yield Change(slug, Effect.NOTHING, said, old, new)


RULE = Rule(
    "default",
    frozenset({"default"}),
    _find,
    EFFECTS,
    (("default-value-added", "default-value-removed"),),
    {"default-value-changed": "It undoes itself."},
)
