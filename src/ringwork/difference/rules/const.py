"""`const`: the one value there may be."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part
from ringwork.difference.rules.kinds import shown

EFFECTS = {"const-added": Effect.NARROWS, "const-removed": Effect.WIDENS, "const-changed": Effect.SWAPS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    if "const" in old and "const" in new:
        before, after = old.value("const"), new.value("const")
        if before != after or isinstance(before, bool) is not isinstance(after, bool):
            said = f"const was changed from `{shown(before)}` to `{shown(after)}`"
            yield Change("const-changed", Effect.SWAPS, said, old, new)
    elif "const" in new:
        if old.value("enum") != [new.value("const")]:
            said = f"const `{shown(new.value('const'))}` was added"
            yield Change("const-added", Effect.NARROWS, said, old, new)
    elif "const" in old and new.value("enum") != [old.value("const")]:
        said = f"const `{shown(old.value('const'))}` was removed"
        yield Change("const-removed", Effect.WIDENS, said, old, new)


RULE = Rule(
    "const",
    frozenset({"const"}),
    _find,
    EFFECTS,
    (("const-added", "const-removed"),),
    {"const-changed": "It undoes itself."},
)
