"""What a change would change, and for whom: the widest consequence first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.audience import Audience
from ringwork.governance.exposed.changes import MAX_CHANGES, ItemChange, item_changes
from ringwork.governance.snapshot import ExposedOperation, ExposureSnapshot, Subject, snapshot_of
from ringwork.intent.model import Intent, Overridden
from ringwork.kernel.findings import Finding, has_errors, in_order

NOTHING = snapshot_of(Intent(organization="", environment="", trust_domain="", rings=(), apis=()))

_KINDS = ("ring", "api", "partner", "plan", "observability", "limits", "group", "people", "authorization")


@dataclass(frozen=True, slots=True)
class OperationChange:
    """An operation that one ring starts or ceases to see. `because`: file:line:column that decides."""

    ring: Audience
    appears: bool
    operation: ExposedOperation
    because: str

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (-self.ring, not self.appears, self.operation.key)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ring": self.ring.label,
            "change": "appears" if self.appears else "disappears",
            "api": self.operation.api,
            "version": self.operation.version,
            "operation": self.operation.id,
            "method": self.operation.method,
            "path": self.operation.template,
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class SettingChange:
    """What is new, gone, or different: a ring, API, partner, plan, group, or something operators are told.

    `values`: key → (before, after).
    """

    kind: str
    name: str
    change: str
    values: Mapping[str, tuple[Any, Any]]

    def as_dict(self) -> dict[str, Any]:
        values = {key: {"before": before, "after": after} for key, (before, after) in self.values.items()}
        return {"kind": self.kind, "name": self.name, "change": self.change, "values": values}


@dataclass(frozen=True, slots=True)
class VersionReach:
    """How many operations of one version each ring would see."""

    api: str
    version: str
    operations: int
    per_ring: Mapping[Audience, int]

    def as_dict(self) -> dict[str, Any]:
        rings = {ring.label: count for ring, count in self.per_ring.items()}
        return {"api": self.api, "version": self.version, "operations": self.operations, "rings": rings}


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference between what is live and what an estate asks for.

    `environment`: where it would go live; `overridden`: what that environment decides; `against`: the environment
    it is compared with, None: what is live.
    `exposure`: what the outer rings start or cease to send and read by operations, the first of
    `exposure_changes`; of a first revision, where everything is new, what is sensitive.
    `is_first`: nothing is live yet. `blocked`: nothing can go live; `dropped`: APIs that stay behind.
    """

    environment: str
    against: str | None
    overridden: tuple[Overridden, ...]
    is_first: bool
    blocked: bool
    dropped: tuple[str, ...]
    rings: tuple[Audience, ...]
    reach: tuple[VersionReach, ...]
    operations: tuple[OperationChange, ...]
    exposure: tuple[ItemChange, ...]
    exposure_changes: int
    settings: tuple[SettingChange, ...]
    findings: tuple[Finding, ...]
    contracts: int = 0
    """Views of contracts that are others than before: one for each API and ring."""

    @property
    def is_empty(self) -> bool:
        return not self.operations and not self.exposure and not self.settings and not self.contracts

    @property
    def exit_code(self) -> int:
        """0: fine. 2: errors keep something from going live."""
        return 2 if has_errors(self.findings) else 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "against": self.against,
            "overridden": [each.as_dict() for each in self.overridden],
            "first": self.is_first,
            "blocked": self.blocked,
            "dropped": list(self.dropped),
            "rings": [ring.label for ring in self.rings],
            "apis": [reach.as_dict() for reach in self.reach],
            "operations": [change.as_dict() for change in self.operations],
            "exposure": [change.as_dict() for change in self.exposure],
            "exposure_changes": self.exposure_changes,
            "settings": [change.as_dict() for change in self.settings],
            "findings": [finding.as_dict() for finding in self.findings],
        }


def plan(
    live: ExposureSnapshot | None,
    proposed: ExposureSnapshot | None,
    findings: Iterable[Finding] = (),
    dropped: Iterable[str] = (),
    against: str | None = None,
) -> Plan:
    """Compare what is live (None: nothing yet) with what is proposed (None: errors keep everything back).

    `against`: what is called live is that environment, which may be nowhere.
    """
    before = live or NOTHING
    after = before if proposed is None else proposed
    operations = sorted(_operation_changes(before, after), key=lambda change: change.sort_key)
    exposure = sorted(_item_changes(live, before, after), key=lambda change: change.sort_key)
    return Plan(
        environment=after.estate.environment,
        overridden=() if proposed is None else proposed.estate.overridden,
        against=against,
        is_first=live is None,
        blocked=proposed is None,
        dropped=tuple(sorted(dropped)),
        rings=after.rings,
        reach=_reach(after),
        operations=tuple(operations),
        exposure=tuple(exposure[:MAX_CHANGES]),
        exposure_changes=len(exposure),
        settings=tuple(_setting_changes(before, after)),
        findings=tuple(in_order(findings)),
    )


def _operation_changes(before: ExposureSnapshot, after: ExposureSnapshot) -> Iterator[OperationChange]:
    names = _changed(before, after) if before.rings == after.rings else {*before.apis, *after.apis}
    old = {operation.key: operation for operation in _operations(before, names)}
    new = {operation.key: operation for operation in _operations(after, names)}
    for ring in Audience:
        seen_before = {key for key, operation in old.items() if _sees(before, ring, operation)}
        seen_after = {key for key, operation in new.items() if _sees(after, ring, operation)}
        for key in seen_after - seen_before:
            yield OperationChange(ring, True, new[key], new[key].because)
        for key in seen_before - seen_after:
            # What is gone from the files has no place in them any more: the old place has to do.
            yield OperationChange(ring, False, old[key], new.get(key, old[key]).because)


def _item_changes(
    live: ExposureSnapshot | None, before: ExposureSnapshot, after: ExposureSnapshot
) -> Iterator[ItemChange]:
    for name in sorted(_changed(before, after)):
        old, new = (snapshot.apis.get(name) for snapshot in (before, after))
        intents = (old.intent if old else None, new.intent if new else None)
        yield from item_changes(*intents, after.rings, only_sensitive=live is None)


def _changed(before: ExposureSnapshot, after: ExposureSnapshot) -> set[str]:
    """APIs that are not the same in both."""
    return {name for name in {*before.apis, *after.apis} if before.apis.get(name) != after.apis.get(name)}


def _operations(snapshot: ExposureSnapshot, names: set[str]) -> Iterator[ExposedOperation]:
    return (row for name in names if name in snapshot.apis for row in snapshot.apis[name].operations)


def _sees(snapshot: ExposureSnapshot, ring: Audience, operation: ExposedOperation) -> bool:
    return ring in snapshot.rings and operation.published.reaches(ring)


def _reach(snapshot: ExposureSnapshot) -> tuple[VersionReach, ...]:
    return tuple(
        VersionReach(name, version, sum(published.values()), _per_ring(published, snapshot.rings))
        for name in sorted(snapshot.apis)
        for version, published in sorted(snapshot.apis[name].reach.items())
        if published
    )


def _per_ring(published: Mapping[Audience, int], rings: Iterable[Audience]) -> dict[Audience, int]:
    return {ring: sum(count for far, count in published.items() if far.reaches(ring)) for ring in rings}


def _setting_changes(before: ExposureSnapshot, after: ExposureSnapshot) -> Iterator[SettingChange]:
    changed = _changed(before, after)
    ours, theirs = _settings(before, changed), _settings(after, changed)
    subjects = sorted({*ours, *theirs}, key=lambda subject: (_KINDS.index(subject[0]), subject[1]))
    for kind, name in subjects:
        old, new = ours.get((kind, name)), theirs.get((kind, name))
        if old != new:
            change = "added" if old is None else "removed" if new is None else "changed"
            yield SettingChange(kind, name, change, _different(old or {}, new or {}))


def _settings(snapshot: ExposureSnapshot, apis: Iterable[str]) -> dict[Subject, Mapping[str, Any]]:
    settings = dict(snapshot.settings)
    return settings | {("api", name): snapshot.apis[name].settings for name in apis if name in snapshot.apis}


def _different(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = sorted({*old, *new})
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}
