"""The estate held to `exposure.lock`: what it would expose without being locked does not go live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ringwork import _native
from ringwork.audience import Audience
from ringwork.governance.exposed.callers import NamedCallers, stale_callers
from ringwork.governance.exposed.changes import grants
from ringwork.governance.exposed.items import ExposedItem, read_items, unpacked
from ringwork.governance.exposed.lock import LOCK_FILE, Lock, LockSection
from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.estate import Estate

# Causes told one by one, per version; the rest in one sentence.
_TOLD = 20
_NOTHING = LockSection.of(1)
_WRITE = "`ringwork exposure --write` adds what is missing; review the difference, then apply again."
_APPROVE = (
    "`ringwork exposure --write --sensitive` adds the line that approves it; have it reviewed as such, "
    "or mask the value, or label it narrower."
)


@dataclass(frozen=True, slots=True)
class Widening:
    """Something exposed that the lock does not let this ring have. `cause`: the place that does it."""

    ring: Audience
    said: str
    sensitive: str
    cause: Location


def hold_to_lock(estate: Estate, exposures: Iterable[VersionExposure], lock: Lock) -> list[Finding]:
    """Errors for every API that exposes what is not locked; warnings for what is locked and not exposed any more."""
    broken = estate.broken_apis()
    callers = NamedCallers(estate)
    findings = list(lock.findings)
    known = set()
    for exposure in exposures:
        known.add((exposure.api, exposure.version))
        if exposure.api not in broken:
            section = lock.sections.get((exposure.api, exposure.version), _NOTHING)
            findings += _judge(exposure, section, lock, callers)
    for (api, version), section in lock.sections.items():
        if (api, version) not in known and api not in broken:
            message = f"{api} {version} is locked, and the estate has none"
            findings.append(_stale(message, section.line))
    return findings


def _judge(
    exposure: VersionExposure, section: LockSection, lock: Lock, callers: NamedCallers
) -> Iterator[Finding]:
    yield from callers.widenings(exposure, section)
    if exposure.shape.exposed is not None and exposure.shape.exposed.lines == section.sha256:
        return
    items, section = _to_look_at(exposure, section)
    yield from _told(exposure, list(widenings(exposure, items, section)), lock)
    stale = [*stale_lines(items, section), *stale_callers(callers.lines(exposure), section)]
    if stale:
        more = f" (and {len(stale) - 1:,} more lines)" if len(stale) > 1 else ""
        message = f"{exposure.api} {exposure.version} does not expose this any more: {stale[0]}{more}"
        yield _stale(message, section.line)


def _to_look_at(exposure: VersionExposure, section: LockSection) -> tuple[list[ExposedItem], LockSection]:
    """What is not locked to the letter, and all of the section that is about the same things."""
    listing, lines = _native.not_as_locked(unpacked(exposure.shape.exposed), section.lines)
    return read_items(listing), LockSection.of(section.line, (*lines, *section.inside))


def widenings(
    exposure: VersionExposure, items: Iterable[ExposedItem], section: LockSection
) -> Iterator[Widening]:
    """What `items` expose beyond the lock, in order; sensitive values first."""
    items = list(items)
    wider = [item for item in items if section.ring_of(item.said) < item.ring]
    causes = _Causes(exposure, wider)
    for item in items:
        if item.sensitive:
            for ring in unapproved(item, section):
                said = f"{item.said} ({item.sensitive})"
                yield Widening(ring, said, item.sensitive, causes.of(item))
    for item in wider:
        yield Widening(item.ring, _told_of(item, section), "", causes.of(item))


def _told_of(item: ExposedItem, section: LockSection) -> str:
    """Of a call that is locked with more demands, those too."""
    locked = [demand for ring, demand in section.calls.get(f"call {item.name}", ()) if ring >= item.ring]
    return f"{item.said} (locked: only with {' | '.join(locked)})" if any(locked) else item.said


def unapproved(item: ExposedItem, section: LockSection) -> list[Audience]:
    """Rings on which no line approves a sensitive value as it would leave: as this class, masked no more."""
    approvals = section.approvals.get(f"{item.way} {item.name}", ())

    def is_approved(ring: Audience) -> bool:
        return any(
            one.ring.reaches(ring)
            and one.sensitive == item.sensitive
            and _strength(one.mask) <= _strength(item.mask(ring))
            for one in approvals
        )

    return [ring for ring, _ in item.sensitive_lines() if not is_approved(ring)]


def _strength(mask: str) -> int:
    return ("", "last4", "hash", "drop").index(mask)


def stale_lines(items: Iterable[ExposedItem], section: LockSection) -> list[str]:
    """Lines that let more pass than is exposed. A narrowing goes live without them being removed."""
    items = list(items)
    exposed = {item.said: item.ring for item in items}
    sensitive = {f"sensitive {ring.label} {said}" for item in items for ring, said in item.sensitive_lines()}
    rings = section.said
    return [
        line
        for line in section.lines
        if not line.startswith("internal ")
        and (
            line not in sensitive
            if line.startswith("sensitive ")
            else exposed.get(said := line.split(" ", 1)[1], Audience.INTERNAL) < rings[said]
        )
    ]


class _Causes:
    """The place that makes a ring see something: the grant of an operation that is new to it, else a label of its
    own, else its declaration.
    """

    def __init__(self, exposure: VersionExposure, wider: Iterable[ExposedItem]) -> None:
        self._exposure = exposure
        self._new = {item.name: item for item in wider if item.way == "call"}

    @cached_property
    def _granted(self) -> Mapping[Location, Location]:
        return grants(self._exposure.operations)

    def of(self, item: ExposedItem) -> Location:
        by = self._new.get(item.through)
        if by is not None:
            return self._granted.get(by.location) or by.location
        return item.labelled_at or item.location


def _told(exposure: VersionExposure, found: list[Widening], lock: Lock) -> Iterator[Finding]:
    by_cause: dict[tuple[bool, Audience, Location], list[Widening]] = {}
    for one in found:
        by_cause.setdefault((bool(one.sensitive), one.ring, one.cause), []).append(one)
    causes = sorted(by_cause.items(), key=lambda entry: (not entry[0][0], -entry[0][1], entry[0][2]))
    for (is_sensitive, ring, cause), members in causes[:_TOLD]:
        more = f" (and {len(members) - 1:,} more because of this)" if len(members) > 1 else ""
        missing = f"no line of {LOCK_FILE} approves" if lock.is_there else f"there is no {LOCK_FILE} to allow"
        message = f"{missing} that {ring.label} can {members[0].said}{more}"
        code = "sensitive-unlocked" if is_sensitive else "exposure-unlocked"
        help = _APPROVE if is_sensitive else _WRITE
        yield Finding(code, Severity.ERROR, message, help, cause, exposure.api)
    if len(causes) > _TOLD:
        rest = sum(len(members) for _, members in causes[_TOLD:])
        message = f"{rest:,} more of {exposure.api} {exposure.version} are not in {LOCK_FILE}"
        location = causes[_TOLD][0][2]
        yield Finding("exposure-unlocked", Severity.ERROR, message, _WRITE, location, exposure.api)


def _stale(message: str, line: int) -> Finding:
    help = "`ringwork exposure --write` takes away what is not exposed any more."
    return Finding("exposure-lock-stale", Severity.WARNING, message, help, Location(LOCK_FILE, line))
