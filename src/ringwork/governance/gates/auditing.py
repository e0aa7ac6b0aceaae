"""What the audit finds of a change and did not find before: what the security gate is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ringwork.audience import RINGS, Audience
from ringwork.governance.audit import AuditFinding
from ringwork.governance.audit.judging import judged, midnight
from ringwork.governance.audit.rules import RING_RULES
from ringwork.governance.audit.subject import Subject
from ringwork.governance.audit.waivers import AuditWaivers
from ringwork.governance.ending import has_ended
from ringwork.governance.export import ring_view
from ringwork.governance.gates.side import Side, fingerprint, known_versions, ring_of
from ringwork.governance.style.documents import RingDocument
from ringwork.intent.serial import intent_as_dict
from ringwork.kernel.cache import Cache, NoCache
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.estate import Estate
from ringwork.openapi.load import OpenContract
from ringwork.style.model import Level

# What is found at a lower level is worth knowing, and holds nobody.
COUNTS = Level.WARN

_KEPT = TypeAdapter(tuple[str, tuple[AuditFinding, ...]])


class Auditing:
    """Two sides, audited API by API; what was found of one is kept by what it is made of. `old` None: all is new."""

    def __init__(
        self, estate: Estate, old: Side | None, new: Side, today: date, cache: Cache | None = None
    ) -> None:
        self._old, self._new, self._now = old, new, midnight(today)
        self._waivers = AuditWaivers(estate, today)
        self._cache = cache or NoCache()
        self._names: list[str] = []
        self._estates: dict[int, str] = {}

    def risks(self, api: str, ring: Audience) -> tuple[AuditFinding, ...]:
        """What nobody waived: of two that cannot be told apart, one may have been there before."""
        before = Counter(one.identity for one in self._found(self._old, "old", api, ring))
        brought = []
        for finding in self._found(self._new, "new", api, ring):
            before[finding.identity] -= 1
            is_new = before[finding.identity] < 0
            if is_new and finding.level <= COUNTS and self._waivers.applied(finding).waived is None:
                brought.append(finding)
        return tuple(sorted(brought, key=lambda one: one.sort_key))

    def opened_rings(self) -> Iterator[Finding]:
        """What rings themselves answer worse than before: one finding each, whatever number of APIs it reaches."""
        if self._old is None or self._old.snapshot.estate.rings == self._new.snapshot.estate.rings:
            return
        for ring in reversed(RINGS):
            before = {one.code for one in _of_ring(self._old, ring, self._now)}
            for finding in _of_ring(self._new, ring, self._now):
                if finding.code not in before and finding.level <= COUNTS:
                    message = (
                        f"the {ring.label} ring is opened for every API: {finding.message} ({finding.code})"
                    )
                    yield Finding("ring-opened", Severity.WARNING, message, finding.fix, finding.location)

    def end(self) -> None:
        """After all of them: what was not asked for is forgotten."""
        self._cache.keep(self._names)

    def _found(self, side: Side | None, which: str, api: str, ring: Audience) -> tuple[AuditFinding, ...]:
        if side is None or api not in side.snapshot.apis:
            return ()
        name = f"{which} {api} {ring.label}"
        self._names.append(name)
        made_of = (self._estate(side), side.snapshot.apis[api].sha256, side.contracts.get(api))
        key = fingerprint(self._now.isoformat(), *made_of)
        kept = _read(self._cache.get(name))
        if kept is not None and kept[0] == key:
            return kept[1]
        try:
            subjects = _subjects(side, api, ring, self._now)
            found = tuple(finding for subject in subjects for finding in judged(subject))
        except OSError:  # its contract was lost: nobody knows what was found of it
            return ()
        self._cache.put(name, _KEPT.dump_json((key, found)))
        return found

    def _estate(self, side: Side) -> str:
        """Rings, plans and partners, by content."""
        known = self._estates.get(id(side))
        if known is None:
            known = self._estates[id(side)] = fingerprint(intent_as_dict(side.snapshot.estate))
        return known


@dataclass(frozen=True)
class _Contract:
    """The contract of a version of a side, as documents of rings are made of."""

    side: Side
    api: str
    version: str
    root: Path = Path()

    @property
    def document(self) -> str:
        return self.version

    def opened(self) -> OpenContract:
        return self.side.opened(self.api, self.version)


def _of_ring(side: Side, ring: Audience, now: datetime) -> list[AuditFinding]:
    """Asked of the first version that the ring knows."""
    names = sorted(side.snapshot.apis)
    subjects = (subject for name in names for subject in _subjects(side, name, ring, now))
    return [finding for subject in islice(subjects, 1) for finding in judged(subject, RING_RULES)]


def _subjects(side: Side, name: str, audience: Audience, now: datetime) -> Iterator[Subject]:
    api, ring = side.api(name), ring_of(side.snapshot, audience)
    if api is None or ring is None:
        return
    for version in known_versions(api, ring).values():
        ended = has_ended(side.snapshot.estate, name, version, audience, now)
        if side.has_contract(name, version.name) and not ended:
            contract = _Contract(side, name, version.name)
            view = ring_view(api, version, ring)
            document = RingDocument(audience, name, version.name, contract, view, None)
            yield Subject(side.snapshot.estate, api, version, ring, document, now)


def _read(data: bytes | None) -> tuple[str, tuple[AuditFinding, ...]] | None:
    try:
        return None if data is None else _KEPT.validate_json(data)
    except ValidationError:
        return None
