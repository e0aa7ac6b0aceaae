"""`discriminator`: which schema a value says it follows. It helps tools, no value is refused for it."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.difference.model import Change, Effect, Rule
from ringwork.difference.parts import Part

_SLUGS = ("added", "removed", "property-name-changed", "mapping-added", "mapping-deleted", "mapping-changed")
EFFECTS = {f"discriminator-{slug}": Effect.NOTHING for slug in _SLUGS}


def _find(old: Part, new: Part) -> Iterator[Change]:
    before, after = old.get("discriminator"), new.get("discriminator")
    if before is None or after is None:
        if before is not after:
            action = "added" if before is None else "removed"
            yield _change(action, f"discriminator was {action}", old, new)
        return
    names = before.text("propertyName"), after.text("propertyName")
    if names[0] != names[1]:
        said = f"discriminator's property was changed from `{names[0]}` to `{names[1]}`"
        yield _change("property-name-changed", said, before, after)
    yield from _mapping(before, after)


def _mapping(before: Part, after: Part) -> Iterator[Change]:
    old, new = before.value("mapping") or {}, after.value("mapping") or {}
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield _change("mapping-added", f"discriminator's mapping `{name}` was added", before, after)
        elif name not in new:
            yield _change("mapping-deleted", f"discriminator's mapping `{name}` was removed", before, after)
        elif old[name] != new[name]:
            yield _change("mapping-changed", f"discriminator's mapping `{name}` was changed", before, after)


def _change(action: str, said: str, old: Part, new: Part) -> Change:
    return Change(f"discriminator-{action}", Effect.NOTHING, said, old, new)


RULE = Rule(
    "discriminator",
    frozenset({"discriminator"}),
    _find,
    EFFECTS,
    (
        ("discriminator-added", "discriminator-removed"),
        ("discriminator-mapping-added", "discriminator-mapping-deleted"),
    ),
    {
        "discriminator-property-name-changed": "It undoes itself.",
        "discriminator-mapping-changed": "It undoes itself.",
    },
)
