"""Rules for requests as faults get at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ringwork.bundle.prove.faults.tampering import Copy, Fault, first, found

Json = dict[str, Any]
Edit = Callable[[Json], None]


def validation(edit: Edit, ring: str = "public") -> Callable[[Copy], None]:
    return lambda copy: copy.edit_validation(ring, edit)


def rules(change: Callable[[Json], None]) -> Edit:
    return lambda validation: first(change, validation["operations"].values())


def places(rule: Json) -> Iterator[Json]:
    yield from found(rule.get("schema")).get("properties", {}).values()


def contents(validation: Json) -> Iterator[Any]:
    """What is said of each media type: how it is read, or `opaque`."""
    for rule in validation["operations"].values():
        yield from (rule.get("body") or {}).get("content", {}).values()


def held(validation: Json) -> Iterator[Json]:
    for content in contents(validation):
        if isinstance(content, dict):
            yield content["json"] if "json" in content else next(iter(content.values()))["held"]


def on_both(name: str, says: str, edit: Edit) -> tuple[Fault, Fault]:
    public = Fault(name, says, validation(edit))
    return public, Fault(f"{name}-on-partner", f"{says}, by partners", validation(edit, "partner"))


def on_public(name: str, says: str, edit: Edit) -> Fault:
    return Fault(name, says, validation(edit))
