"""A copy of what was emitted, to be tampered with: names and references follow, so that a gateway would load it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ringwork.bundle.prove.emitted import Emitted
from ringwork.kernel.canonical import canonical_json, content_hash

Json = dict[str, Any]
One = TypeVar("One")


class Inapplicable(Exception):
    """There is nothing in these bytes that the fault could be in."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`says`: what went wrong, for people. `commit` makes it so, in place; raises Inapplicable."""

    name: str
    says: str
    commit: Callable[[Copy], None]


class Copy:
    """`manifest` may be changed in place; bundles and agreements through `edit`, which renames what it changed."""

    def __init__(self, emitted: Emitted) -> None:
        self._emitted = emitted
        self.manifest: Json = json.loads(emitted.manifest)
        self._changed: dict[str, bytes] = {}

    def ring(self, name: str) -> Json:
        rings: Json = self.manifest["rings"]
        content: Json = found(rings.get(name))
        return content

    def routes(self, ring: str) -> list[Json]:
        """Routes of APIs, less those that only keep requests away."""
        return [route for route in self.ring(ring)["routes"] if route["api"] is not None]

    def object(self, name: str) -> Json:
        data = self._changed.get(name) or self._emitted.objects[name]
        read: Json = json.loads(data)
        return read

    def bundles(self, ring: str) -> Iterator[tuple[Json, str]]:
        """Every bundle of a ring, as the part of a route that names it, and the version."""
        for route in self.routes(ring):
            for version in route["api"]["versions"]:
                yield route["api"], version

    def edit_bundle(self, ring: str, edit: Callable[[Json], None]) -> None:
        """Tampers with the first bundle of a ring that `edit` finds something in. Raises Inapplicable."""

        def within(named: tuple[Json, str]) -> None:
            routed, version = named
            bundle = self.object(routed["versions"][version])
            edit(bundle)
            routed["versions"][version] = self._kept(bundle)
            routed["objects"] = self._beside(routed)

        first(within, self.bundles(ring))

    def _beside(self, routed: Json) -> list[str]:
        """What the bundles of a route name, in order: a node is sent that."""
        bundles = [self.object(name) for name in routed["versions"].values()]
        parts = (bundle.get(part) for bundle in bundles for part in ("projection", "validation"))
        return sorted({part["object"] for part in parts if part is not None})

    def edit_projection(self, ring: str, edit: Callable[[Json], None]) -> None:
        """Tampers with the first projection of a ring that `edit` finds something in. Raises Inapplicable."""
        self._edit_beside(ring, "projection", edit)

    def edit_validation(self, ring: str, edit: Callable[[Json], None]) -> None:
        """The same of rules for requests; what is empty in them is not written."""

        def whole(validation: Json) -> None:
            validation.setdefault("nodes", [])
            validation.setdefault("definitions", {})
            edit(validation)

        self._edit_beside(ring, "validation", whole)

    def edit_observed(self, ring: str, part: str, edit: Callable[[Json], None]) -> None:
        """The same of an object (`projection`, `validation`) of a contract that is observed."""

        def within(bundle: Json) -> None:
            found(found(bundle.get(part))["mode"] == "observe")
            self._within(part, edit)(bundle)

        self.edit_bundle(ring, within)

    def _edit_beside(self, ring: str, part: str, edit: Callable[[Json], None]) -> None:
        self.edit_bundle(ring, self._within(part, edit))

    def _within(self, part: str, edit: Callable[[Json], None]) -> Callable[[Json], None]:
        def within(bundle: Json) -> None:
            named = found(bundle.get(part))["object"]
            beside = self.object(named)
            edit(beside)
            bundle[part]["object"] = self._kept(beside)

        return within

    def edit_agreements(self, ring: str, edit: Callable[[Json], None]) -> None:
        content = self.ring(ring)
        agreements = self.object(content["agreements"])
        edit(agreements)
        content["agreements"] = self._kept(agreements)

    def emitted(self) -> Emitted:
        objects = {name: self._emitted.objects[name] for name in self._emitted.objects} | self._changed
        return Emitted(canonical_json(self.manifest), objects)

    def _kept(self, changed: Json) -> str:
        data = canonical_json(changed)
        name = content_hash(data)
        self._changed[name] = data
        return name


def tampered(emitted: Emitted, fault: Fault) -> Emitted:
    """A copy with the fault in it. Raises Inapplicable."""
    copy = Copy(emitted)
    fault.commit(copy)
    changed = copy.emitted()
    if changed.manifest == emitted.manifest:
        raise Inapplicable(fault.name)
    return changed


def first(change: Callable[[One], None], among: Iterable[One]) -> None:
    """Tampers with the first of them that `change` finds something in. Raises Inapplicable."""
    for one in among:
        try:
            change(one)
        except Inapplicable:
            continue
        return
    raise Inapplicable


def found(value: Any) -> Any:
    """Raises Inapplicable where there is nothing."""
    if not value:
        raise Inapplicable
    return value
