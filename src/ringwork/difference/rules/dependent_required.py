"""`dependentRequired`: what must be there when something else is."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

EFFECTS = {
    "dependent-required-added": Effect.NARROWS,
    "dependent-required-removed": Effect.WIDENS,
    "dependent-required-changed": Effect.SWAPS,
}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.value("dependentRequired") or {}, new.value("dependentRequired") or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield _change("added", name, old, new)
        elif name not in after:
            yield _change("removed", name, old, new)
        elif sorted(map(str, before[name] or ())) != sorted(map(str, after[name] or ())):
            yield _change("changed", name, old, new)


def _change(action: str, name: str, old: Part, new: Part) -> Change:
    slug = f"dependent-required-{action}"
    return Change(slug, EFFECTS[slug], f"dependentRequired of `{name}` was {action}", old, new)


RULE = Rule(
    "dependent-required",
    frozenset({"dependentRequired"}),
    _find,
    EFFECTS,
    (("dependent-required-added", "dependent-required-removed"),),
    {"dependent-required-changed": "It undoes itself."},
)
