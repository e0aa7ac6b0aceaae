"""What differs for which ring between two states of an estate, and what of it breaks who calls there.

Only APIs that changed are looked into, and what two documents came to is kept by their content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ringwork import _native
from ringwork.audience import RINGS, Audience
from ringwork.difference.comparing import compare
from ringwork.difference.model import Level
from ringwork.difference.printing import reach_text
from ringwork.difference.report import Cause, Difference
from ringwork.difference.versions import parsed_version
from ringwork.governance.gates.auditing import Auditing
from ringwork.governance.gates.model import Break, RingChange, VersionChange
from ringwork.governance.gates.side import Side, contract_view, fingerprint, known_versions, ring_of
from ringwork.intent.model import RingIntent, VersionIntent
from ringwork.kernel.cache import Cache, NoCache
from ringwork.kernel.canonical import content_hash
from ringwork.kernel.findings import Location
from ringwork.openapi import RingView
from ringwork.openapi.projection import project_opened

# A gate that fails for more reasons than these is read by nobody to the end; all are counted.
MAX_BREAKS = 100

# Settings that say how a service is reached, not what a ring gets.
_INSIDE = frozenset({"upstreams"})
_KEPT = TypeAdapter(tuple[str, VersionChange])


class Changing:
    """Two sides, compared on a day. `old` None: nothing is there to compare with."""

    def __init__(
        self, old: Side | None, new: Side, today: date, auditing: Auditing, cache: Cache | None = None
    ) -> None:
        self._old = old
        self._auditing = auditing
        self._midnight = int(datetime.combine(today, time(), UTC).timestamp())
        self._new = new
        self._cache = cache or NoCache()
        self._names: list[str] = []

    def changes(self) -> Iterator[RingChange]:
        """By API, the furthest ring first."""
        before = {} if self._old is None else self._old.snapshot.apis
        for name in sorted({*before, *self._new.snapshot.apis}):
            if self._old is None or not self._is_untouched(self._old, name):
                for ring in reversed(RINGS):
                    change = self._change(name, ring)
                    if change is not None:
                        yield change
            for side in (self._old, self._new):
                if side is not None:
                    side.close()
        self._cache.keep(self._names)
        self._auditing.end()

    def _is_untouched(self, old: Side, name: str) -> bool:
        """Without reading anything: most of an organisation's APIs."""
        one, other = old.snapshot.apis.get(name), self._new.snapshot.apis.get(name)
        if one != other:
            return False
        same = old.contracts.get(name) == self._new.contracts.get(name)
        return same and _ways(old) == _ways(self._new)

    def _change(self, name: str, audience: Audience) -> RingChange | None:
        versions = tuple(self._versions(name, audience))
        sides = ((self._old, [one.before for one in versions]), (self._new, [one.after for one in versions]))
        before, after = (
            None if side is None or not any(hashes) else _content(side, name, audience, hashes)
            for side, hashes in sides
        )
        risks = self._auditing.risks(name, audience)
        if before == after and not risks and not any(one.unread for one in versions):
            return None
        is_new = not any(one.before or one.unread for one in versions)
        for_everyone = self._for_everyone(name, audience) if is_new else None
        return RingChange(name, audience, before, after, is_new, versions, risks, for_everyone)

    def _for_everyone(self, name: str, ring: Audience) -> Location | None:
        """Where an API says nothing of who begins with it: services inside, partners by a feature they have."""
        api = self._new.api(name)
        if api is None:
            return None
        flag = {Audience.INTERNAL: api.callers, Audience.PARTNER: api.feature}.get(ring)
        return api.declared_at if flag is None else None

    def _versions(self, name: str, audience: Audience) -> Iterator[VersionChange]:
        old_ring = None if self._old is None else ring_of(self._old.snapshot, audience)
        ring = ring_of(self._new.snapshot, audience)
        before = known_versions(None if self._old is None else self._old.api(name), old_ring)
        after = known_versions(self._new.api(name), ring)
        moved = self._moved(name, audience)
        for version in sorted({*before, *after}):
            change = self._version(name, ring or old_ring, before.get(version), after.get(version))
            if moved is not None and version in before and version in after:
                change = replace(
                    change, breaks=(moved, *change.breaks), broken=change.broken + 1, step="major"
                )
            yield change

    def _moved(self, name: str, audience: Audience) -> Break | None:
        """Whoever calls an address it has no more is answered "not found"."""
        old, new = None if self._old is None else self._old.api(name), self._new.api(name)
        if old is None or new is None:
            return None
        hosts = {*old.hosts.get(audience, ())} - {*new.hosts.get(audience, ())}
        if (old.prefix, old.versioning) == (new.prefix, new.versioning) and not hosts:
            return None
        was = f"{old.prefix or '/'} ({old.versioning}) {' '.join(sorted(hosts))}".rstrip()
        text = f"it is not served any more as before: {was}"
        count = sum(len(version.operations) for version in old.versions)
        print_ = fingerprint(name, audience.label, "moved")[:12]
        return Break("api-moved", "api-moved", text, "all of its operations", count, print_, new.declared_at)

    def _version(
        self, api: str, ring: RingIntent | None, old: VersionIntent | None, new: VersionIntent | None
    ) -> VersionChange:
        assert ring is not None and (old or new) is not None  # one of them is known on it
        version = (new or old).name  # type: ignore[union-attr]  # as said
        views = tuple(None if one is None else contract_view(one, ring) for one in (old, new))
        if old is not None and new is None and self._has_ended(api, old, ring.audience):
            return VersionChange(version, fingerprint(api, version), None)
        key = fingerprint(
            *(
                [] if view is None or side is None else [side.made_of(api, version), *_plain(view)]
                for side, view in zip((self._old, self._new), views, strict=True)
            )
        )
        name = f"{api} {version} {ring.audience.label}"
        self._names.append(name)
        kept = _read(self._cache.get(name))
        if kept is not None and kept[0] == key:
            return kept[1]
        found = self._compared(api, version, *views)
        if not found.unread:
            self._cache.put(name, _KEPT.dump_json((key, found)))
        return found

    def _compared(self, api: str, version: str, old: RingView | None, new: RingView | None) -> VersionChange:
        texts = [
            None if view is None or side is None else _text(side, api, version, view)
            for side, view in ((self._old, old), (self._new, new))
        ]
        before, after = (None if text is None else content_hash(text) for text in texts)
        if old is None or self._old is None:
            return VersionChange(version, None, after)
        if texts[0] is None:
            return VersionChange(version, None, after, unread=True)
        if new is None or texts[1] is None:
            return self._removed(api, version, before)
        if before == after:
            return VersionChange(version, before, after)
        files = [_loaded(text) for text in texts if text is not None]
        sources = [side.opened(api, version).native for side in (self._old, self._new)]
        assert sources[0] is not None and sources[1] is not None  # their texts were made of them
        found = compare(
            files[0],
            files[1],
            (f"{api} {version}, live", f"{api} {version}"),
            ring=new.ring,
            sources=(sources[0], sources[1]),
        )
        breaks = tuple(_break(found, cause, sources[1]) for cause in _breaking(found)[:MAX_BREAKS])
        told = _told(version, (before, after), found, breaks, (files[0].version, files[1].version))
        place = sources[1].position("/info/version")
        return replace(told, said_at=None if place is None else Location(*place))

    def _removed(self, api: str, version: str, before: str | None) -> VersionChange:
        """Whoever calls it is answered "not found" from now on."""
        assert self._old is not None
        place = self._old.api(api)
        assert place is not None
        gone = Break(
            "api-version-removed",
            "api-version-removed",
            f"version {version} is not served any more",
            "all of its operations",
            sum(1 for one in place.versions if one.name == version for _ in one.operations),
            fingerprint(api, version, "removed")[:12],
            self._where(api),
        )
        return VersionChange(version, before, None, breaks=(gone,), broken=1, step="major")

    def _has_ended(self, api: str, version: VersionIntent, ring: Audience) -> bool:
        """Whether a ring was not served it any more: its sunset is over, there or everywhere."""
        end = version.lifecycle.get(ring)
        over = end is not None and end.sunset_at is not None and end.sunset_at <= self._midnight
        return over or (self._old is not None and self._old.state(api, version.name) == "sunset")

    def _where(self, api: str) -> Location:
        there = self._new.api(api)
        return Location("ringwork.yaml") if there is None else there.declared_at


def _content(side: Side, api: str, ring: Audience, documents: list[str | None]) -> str:
    settings = {key: value for key, value in side.settings(api).items() if key not in _INSIDE}
    return fingerprint(api, ring.label, settings, documents)


def _ways(side: Side) -> list[Any]:
    """How rings know callers, which their documents say."""
    rings = side.snapshot.estate.rings
    return [
        [ring.audience.label, ring.mtls, ring.service_token, ring.api_key, bool(ring.issuers)]
        for ring in rings
    ]


def _plain(view: RingView) -> list[Any]:
    ways = view.authentication
    known = [ways.mtls, ways.service_token, ways.api_key, ways.access_token]
    return [view.ring.label, view.widest.label, sorted(view.operations), known]


def _text(side: Side, api: str, version: str, view: RingView) -> bytes | None:
    """None where the contract was not kept, is damaged, or has an error."""
    if not side.has_contract(api, version):
        return None
    try:
        text = project_opened(side.opened(api, version), view, "json").text
    except OSError:
        return None
    return None if text is None else text.encode()


def _loaded(text: bytes) -> _native.Contract:
    return _native.Contract.load("openapi.json", lambda base, reference: ("openapi.json", text), [])


def _told(
    version: str,
    contents: tuple[str | None, str | None],
    found: Difference,
    breaks: tuple[Break, ...],
    said: tuple[str | None, str | None],
) -> VersionChange:
    rest = [cause.level for cause in found.causes if not _is_of_the_version(cause)]
    return VersionChange(
        version,
        *contents,
        breaks=breaks,
        broken=len(_breaking(found)),
        may_break=rest.count(Level.WARNING),
        other=rest.count(Level.INFO),
        step=found.suggestion.step,
        said_before=said[0],
        said_now=said[1],
        needed=found.suggestion.version,
    )


def _breaking(found: Difference) -> list[Cause]:
    return [cause for cause in found.causes if cause.level is Level.ERROR]


def _is_of_the_version(cause: Cause) -> bool:
    """Said of the document's version, which is judged for all rings together."""
    return cause.worst.change.old is None and cause.worst.change.new is None


def _break(found: Difference, cause: Cause, now: _native.Contract) -> Break:
    change = cause.worst.change
    place = found.locations.new(change) or _nearest(now, "" if change.old is None else change.old.pointer)
    return Break(
        cause.id, change.slug, cause.text, reach_text(cause), len(cause.operations), cause.fingerprint, place
    )


def _nearest(now: _native.Contract, pointer: str) -> Location:
    """What is gone was written somewhere: the part around it is still there."""
    while pointer:
        found = now.position(pointer)
        if found is not None:
            return Location(*found)
        pointer = pointer.rpartition("/")[0]
    return Location(*(now.position("") or ("ringwork.yaml", 1, 1)))


def is_step_too_small(change: VersionChange) -> bool:
    """Whether the document's version moved less than the change asks for. Texts alone ask for nothing."""
    if change.step not in ("major", "minor") or change.needed is None:
        return False
    now, needed = parsed_version(change.said_now), parsed_version(change.needed)
    return now is not None and needed is not None and now < needed


def _read(data: bytes | None) -> tuple[str, VersionChange] | None:
    try:
        return None if data is None else _KEPT.validate_json(data)
    except ValidationError:
        return None
