"""What the outer rings start or cease to send and read, between two revisions: sensitive values first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork import _native
from ringwork.audience import OUTER, Audience
from ringwork.governance.exposed.demands import is_covered
from ringwork.governance.exposed.items import ExposedItem, read_items, unpacked
from ringwork.intent.model import ApiIntent, OperationIntent, VersionIntent
from ringwork.kernel.findings import Location

# More than anyone reads; `ringwork exposure` and the lock's difference have all of them.
MAX_CHANGES = 10_000


@dataclass(frozen=True, slots=True)
class ItemChange:
    """`what` is the item as `exposure.lock` names it; `because` the place that causes the change.

    `sensitive`: the class of the value. `mask`: what leaves of it from now on; a mask that goes is an appearance.
    """

    ring: Audience
    appears: bool
    api: str
    version: str
    kind: str
    what: str
    sensitive: str
    mask: str
    because: str

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (not self.sensitive, -self.ring, not self.appears, self.api, self.version)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ring": self.ring.label,
            "change": "appears" if self.appears else "disappears",
            "api": self.api,
            "version": self.version,
            "kind": self.kind,
            "what": self.what,
            "sensitive": self.sensitive or None,
            "mask": self.mask or None,
            "because": self.because,
        }


def item_changes(
    before: ApiIntent | None,
    after: ApiIntent | None,
    rings: Iterable[Audience],
    *,
    only_sensitive: bool = False,
) -> Iterator[ItemChange]:
    """Of one API. Operations themselves are not among them: those are changes of the plan of their own.

    `rings`: the outer rings that listen.
    """
    names = dict.fromkeys(version.name for api in (before, after) if api for version in api.versions)
    listening = [ring for ring in OUTER if ring in set(rings)]
    for name in names:
        old, new = _version(before, name), _version(after, name)
        if (old and old.exposed) != (new and new.exposed):
            api = (after or before or _nobody()).name
            compared = _Compared(api, name, old, new, listening)
            if not only_sensitive or compared.has_sensitive:
                found = compared.changes()
                yield from (one for one in found if one.sensitive or not only_sensitive)


def _nobody() -> ApiIntent:
    raise ValueError("there is no API to compare")


def _version(api: ApiIntent | None, name: str) -> VersionIntent | None:
    return next((version for version in api.versions if version.name == name), None) if api else None


class _Compared:
    """One version as it was and as it will be."""

    def __init__(
        self,
        api: str,
        version: str,
        old: VersionIntent | None,
        new: VersionIntent | None,
        rings: list[Audience],
    ) -> None:
        self._api, self._version, self._rings = api, version, rings
        exposed = [one.exposed for one in (old, new) if one and one.exposed]
        self.has_sensitive = any(one.sensitive for one in exposed)
        self._old, self._new = _not_alike(old, new)
        self._old_calls, self._new_calls = _calls(self._old), _calls(self._new)
        self._grants = grants(new.operations if new else ())

    def changes(self) -> Iterator[ItemChange]:
        for ring in self._rings:
            for said, item in self._new.items():
                if self._is_told(item) and item.ring.reaches(ring) and self._is_wider(ring, item):
                    yield self._change(ring, True, said, item, self._cause_of_appearance(ring, item))
            for said, item in self._old.items():
                if self._is_told(item) and item.ring.reaches(ring) and self._is_lost(ring, said, item):
                    yield self._change(ring, False, said, item, self._cause_of_loss(said, item))

    def _is_told(self, item: ExposedItem) -> bool:
        """Operations are the plan's own changes, but for what they demand of callers."""
        return item.way != "call" or (item.name in self._old_calls and item.name in self._new_calls)

    def _is_lost(self, ring: Audience, said: str, item: ExposedItem) -> bool:
        if item.way == "call":
            now = self._new_calls[item.name]
            return now.ring.reaches(ring) and not is_covered(item.target, now.target)
        return not _sees(self._new, ring, said)

    def _is_wider(self, ring: Audience, item: ExposedItem) -> bool:
        """Not seen before, or seen masked; a call: whoever calls needed more before."""
        if item.way == "call":
            old = self._old_calls[item.name]
            return old.ring.reaches(ring) and not is_covered(item.target, old.target)
        before = self._old.get(item.said)
        if before is None or not before.ring.reaches(ring):
            return True
        return before.mask(ring) != item.mask(ring) and not item.mask(ring)

    def _change(
        self, ring: Audience, appears: bool, said: str, item: ExposedItem, because: Location
    ) -> ItemChange:
        mask = item.mask(ring) if appears else ""
        return ItemChange(
            ring, appears, self._api, self._version, item.kind, said, item.sensitive, mask, str(because)
        )

    def _cause_of_appearance(self, ring: Audience, item: ExposedItem) -> Location:
        by, before = self._new_calls.get(item.through), self._old_calls.get(item.through)
        if by is not None and (before is None or not before.ring.reaches(ring)):
            return self._grants.get(by.location, by.location)
        return item.labelled_at or item.location

    def _cause_of_loss(self, said: str, item: ExposedItem) -> Location:
        """What is gone from the files has no place in them any more: the old place has to do."""
        still = self._new.get(said, item)
        return still.labelled_at or still.location


def _not_alike(
    old: VersionIntent | None, new: VersionIntent | None
) -> tuple[dict[str, ExposedItem], dict[str, ExposedItem]]:
    """Items of both by name: what is not the same in both, and all calls, because those say why."""
    listings = (unpacked(version.exposed if version else None) for version in (old, new))
    before, after = _native.changed_exposure(*listings)
    return _by_name(before), _by_name(after)


def _by_name(listing: str) -> dict[str, ExposedItem]:
    return {item.said: item for item in read_items(listing)}


def _calls(items: Mapping[str, ExposedItem]) -> Mapping[str, ExposedItem]:
    """By name, without what they demand."""
    return {item.name: item for item in items.values() if item.way == "call"}


def _sees(items: Mapping[str, ExposedItem], ring: Audience, said: str) -> bool:
    return said in items and items[said].ring.reaches(ring)


def grants(operations: Iterable[OperationIntent]) -> Mapping[Location, Location]:
    """Place of an operation → place of the label that decides how far out it is."""
    return {one.declared_at: one.decided_at or one.declared_at for one in operations}
