"""Who may call on the internal ring, as `exposure.lock` says it where it is said at all:

internal call GET /orders/{id} -> billing storefront
internal people GET /orders/{id} -> support-refunds

Services after `call`, groups of them resolved; functional groups after `people`, ` & ` between those of which one each
is needed. An operation without a `call` line is open to every service, one without a `people` line to no people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringwork.governance.exposed.lock import LOCK_FILE, LockSection
from ringwork.governance.exposure import VersionExposure
from ringwork.intent.admitted import Admitted
from ringwork.intent.callers import build_admitted
from ringwork.intent.model import OperationIntent
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.callers import service_name
from ringwork.manifest.estate import Estate

RING = "internal"
CALL, PEOPLE = "call", "people"
_NOBODY = "-"
_WRITE = "`ringwork exposure --write` writes who may call now; review the difference, then apply again."


@dataclass(frozen=True, slots=True)
class CallerLine:
    """`name`: of an operation, such as `call GET /orders`; `who` may do it; `place`: where it is declared."""

    name: str
    who: str
    place: Location

    @property
    def text(self) -> str:
        return f"{RING} {self.name} -> {self.who}"


class NamedCallers:
    """Who is named in an estate."""

    def __init__(self, estate: Estate) -> None:
        self._of_api = {api.name: build_admitted(api.manifest.callers) for api in estate.apis}
        self._members = {
            group.name: frozenset(map(service_name, group.manifest.services)) for group in estate.groups
        }

    def lines(self, exposure: VersionExposure) -> list[CallerLine]:
        """Of the operations that say who calls, in order."""
        of_api = self._of_api.get(exposure.api)
        saying = (one for one in exposure.operations if of_api is not None or one.callers or one.groups)
        return [line for operation in saying for line in self._lines(operation, of_api)]

    def widenings(self, exposure: VersionExposure, section: LockSection) -> Iterator[Finding]:
        """Errors where more may call than the lock knows: one for services, one for people, with the first."""
        lines = self.lines(exposure)
        if not lines and not section.internal:
            return
        now = {line.name: line for line in lines}
        operations = {f"{one.method} {one.template}": one.declared_at for one in exposure.operations}
        for kind in (CALL, PEOPLE):
            told = [
                (what, place)
                for name, place in operations.items()
                if (what := _widened(kind, name, now.get(f"{kind} {name}"), section)) is not None
            ]
            if told:
                more = f" (and {len(told) - 1:,} more operations)" if len(told) > 1 else ""
                message = f"no line of {LOCK_FILE} approves that {told[0][0]}{more}"
                yield Finding("callers-unlocked", Severity.ERROR, message, _WRITE, told[0][1], exposure.api)

    def _lines(self, operation: OperationIntent, of_api: Admitted | None) -> Iterator[CallerLine]:
        name, place = f"{operation.method} {operation.template}", operation.declared_at
        named = [one for one in (of_api, *operation.callers) if one is not None]
        if named:
            services = frozenset.intersection(*map(self._services, named))
            yield CallerLine(f"{CALL} {name}", " ".join(sorted(services)) or _NOBODY, place)
        if operation.groups:
            groups = " & ".join(sorted(" ".join(groups) for groups in operation.groups))
            yield CallerLine(f"{PEOPLE} {name}", groups, place)

    def _services(self, admitted: Admitted) -> frozenset[str]:
        of_groups = (self._members.get(group, frozenset()) for group in admitted.groups)
        return frozenset(admitted.services).union(*of_groups)


def stale_callers(lines: list[CallerLine], section: LockSection) -> list[str]:
    """Lines of operations that are gone, or say nothing of their callers any more."""
    names = {line.name for line in lines}
    return [f"{RING} {name} -> {who}" for name, who in section.internal.items() if name not in names]


def _widened(kind: str, operation: str, line: CallerLine | None, section: LockSection) -> str | None:
    """What more is possible than the lock knows; None: nothing."""
    locked = section.internal.get(f"{kind} {operation}")
    if kind == CALL:
        if locked is None:
            return None
        more = None if line is None else {*line.who.split(" ")} - {*locked.split(" "), _NOBODY}
        if more is None:
            return f"any service can call {operation}"
        return f"{', '.join(sorted(more))} can call {operation}" if more else None
    if line is None or (locked is not None and _is_covered(line.who, locked)):
        return None
    return f"people of {line.who} can call {operation}"


def _is_covered(who: str, locked: str) -> bool:
    """Whether whoever satisfies `who` satisfies `locked` too."""
    each = [{*groups.split(" ")} for groups in who.split(" & ")]
    return all(any(one <= {*groups.split(" ")} for one in each) for groups in locked.split(" & "))
