"""`enum`: values come and go. Where a response may grow, `x-extensible-enum` says so beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part, is_nullable
from ringwork.difference.rules.kinds import shown

# Values of one enum that are told one by one.
_MAX_VALUES = 500

EFFECTS = {
    "became-enum": Effect.NARROWS,
    "became-not-enum": Effect.WIDENS,
    "enum-value-added": Effect.WIDENS,
    "enum-value-removed": Effect.NARROWS,
}


def values(schema: Part) -> dict[str, Any] | None:
    """The values by their canonical text; None where any will do. `null` is `nullable`'s business."""
    listed = schema.value("enum")
    if not isinstance(listed, list):
        return None
    found = {json.dumps(value, sort_keys=True): value for value in listed}
    if is_nullable(schema):
        found.pop("null", None)
    return found


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = values(old), values(new)
    if before is None or after is None:
        if before is not after:
            yield from _became(old, new, after)
        return
    grows = "x-extensible-enum" in old
    for slug, listed in (
        ("enum-value-added", [after[text] for text in sorted(after.keys() - before.keys())]),
        ("enum-value-removed", [before[text] for text in sorted(before.keys() - after.keys())]),
    ):
        verb = slug.rpartition("-")[2]
        said = [f"enum value `{shown(value)}` was {verb}" for value in listed[:_MAX_VALUES]]
        if len(listed) > _MAX_VALUES:
            said.append(f"{len(listed) - _MAX_VALUES:,} more enum values were {verb}")
        settled = grows and slug == "enum-value-added"
        for text in said:
            yield Change(slug, EFFECTS[slug], text, old.get("enum"), new.get("enum"), settled=settled)


def _became(old: Part, new: Part, after: dict[str, Any] | None) -> Iterator[Change]:
    if after is None:
        if "const" not in new:
            yield Change("became-not-enum", Effect.WIDENS, "is no longer limited to an enum", old, new)
    elif "const" not in old or json.dumps(old.value("const"), sort_keys=True) not in after:
        listed = ", ".join(shown(value) for value in list(after.values())[:20])
        yield Change("became-enum", Effect.NARROWS, f"was limited to the enum values {listed}", old, new)


RULE = Rule(
    "enum",
    frozenset({"enum"}),
    _find,
    EFFECTS,
    (("became-enum", "became-not-enum"), ("enum-value-added", "enum-value-removed")),
)
