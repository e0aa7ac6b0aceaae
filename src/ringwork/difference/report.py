"""What was found, as it is told: one finding for one cause, with everything it reaches; or each by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ringwork.audience import Audience
from ringwork.difference.model import Change, Direction, Effect, Level
from ringwork.difference.operations import Comparison
from ringwork.difference.parts import Part
from ringwork.difference.policy import severity
from ringwork.difference.uses import MAX_FLAT, Judged, Operation, Place, Use, everywhere, judged, once
from ringwork.difference.versions import Suggestion, suggested, version_slug
from ringwork.kernel.findings import Location


@dataclass(frozen=True, slots=True)
class Cause:
    """One change of one part. `reaches`: everywhere it counts, the worst first; never empty."""

    reaches: tuple[Judged, ...]
    ring: Audience | None = None

    @property
    def worst(self) -> Judged:
        return self.reaches[0]

    @property
    def id(self) -> str:
        return self.worst.id

    @property
    def level(self) -> Level:
        return self.worst.level

    @property
    def severity(self) -> Level:
        return severity(self.level, self.ring)

    @property
    def text(self) -> str:
        return self.worst.text

    @property
    def operations(self) -> list[Operation]:
        return list(dict.fromkeys(one.place.use.operation for one in self.reaches))

    @property
    def fingerprint(self) -> str:
        """The same wherever in its file a part is written."""
        return fingerprint(min(map(identity, self.reaches)))


class Locations:
    """Where parts are written. `sources`: of a projection, the contracts it was made from, asked by pointer."""

    def __init__(self, sources: tuple[Any, Any] | None = None) -> None:
        self._sources = sources

    def old(self, change: Change) -> Location | None:
        return self._location(change.old, 0)

    def new(self, change: Change) -> Location | None:
        return self._location(change.new, 1)

    def _location(self, part: Part | None, side: int) -> Location | None:
        if part is None:
            return None
        if self._sources is None:
            return Location(*part.place)
        found = self._sources[side].position(part.pointer)
        return None if found is None else Location(*found)


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it. `old`, `new`: how they were named; `whole`: not so many that some were left out."""

    old: str
    new: str
    causes: tuple[Cause, ...]
    flat: tuple[Judged, ...]
    suggestion: Suggestion
    ring: Audience | None
    whole: bool
    locations: Locations

    @property
    def worst(self) -> Level | None:
        return max((cause.severity for cause in self.causes), default=None)


def identity(one: Judged) -> tuple[str, ...]:
    """What tells a finding from others, whatever the order of anything."""
    operation = one.place.use.operation
    return (
        operation.method,
        operation.path,
        operation.section,
        one.id,
        one.place.use.subject,
        one.path,
        one.change.text,
    )


def fingerprint(parts: Iterable[str]) -> str:
    text = json.dumps(list(parts), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def report(
    found: Comparison,
    names: tuple[str, str],
    versions: tuple[str | None, str | None],
    *,
    differs: bool,
    ring: Audience | None = None,
    flat: bool = False,
    locations: Locations | None = None,
) -> Difference:
    """`versions`: of the documents; `differs`: whether texts are others; `flat`: each by itself is wanted too."""
    causes = _causes(found, ring)
    levels = [cause.level for cause in causes]
    slug = version_slug(*versions) if Level.ERROR in levels else None
    every = tuple(islice(_each(found), MAX_FLAT + 1)) if flat else ()
    if slug is not None:
        one = _of_version(slug, versions)
        causes = [*causes, Cause((one,), ring)]
        every = (*every, one) if flat else ()
    ordered = sorted(causes, key=lambda cause: (-cause.severity, -cause.level, identity(cause.worst)))
    return Difference(
        *names,
        tuple(ordered),
        tuple(sorted(every[:MAX_FLAT], key=lambda one: (-one.level, identity(one)))),
        suggested(versions[0], levels, differs=differs),
        ring,
        len(every) <= MAX_FLAT,
        locations or Locations(),
    )


def _of_version(slug: str, versions: tuple[str | None, str | None]) -> Judged:
    said = f"version {versions[0]} became {versions[1]}, though the change breaks callers"
    if slug == "api-version-not-bumped":
        said = f"version {versions[1]} stayed, though the change breaks callers"
    operation = Operation(section="info")
    use = Use(operation, Direction.REQUEST, Direction.REQUEST, "", "the document")
    return judged(Change(slug, Effect.NOTHING, said, None, None), Place(use))


def _each(found: Comparison) -> Iterator[Judged]:
    yield from (judged(change, Place(use)) for use, change in found.direct)
    for use, pair in found.used:
        if pair.alive:
            yield from everywhere(use, pair)


def _causes(found: Comparison, ring: Audience | None) -> list[Cause]:
    """Grouped by the change itself, which is compared once wherever it is used."""
    reached: dict[int, list[Judged]] = {}
    for use, change in found.direct:
        reached.setdefault(id(change), []).append(judged(change, Place(use)))
    for use, pair in found.used:
        if pair.alive:
            for one in once(use, pair):
                reached.setdefault(id(one.change), []).append(one)
    return [
        Cause(tuple(sorted(ones, key=lambda one: (-one.level, identity(one)))), ring)
        for ones in reached.values()
    ]
