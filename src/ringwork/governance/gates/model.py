"""What a change is to a ring, and what the gates say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ringwork.audience import Audience
from ringwork.governance.audit import AuditFinding
from ringwork.kernel.findings import Finding, Location, Severity

# Where gates are said.
POLICY = Location("styles/gates.yaml")


@dataclass(frozen=True, slots=True)
class Break:
    """One cause that breaks who calls. `rule` and `id` as `ringwork diff` has them; `operations`: how many it reaches;
    `text` says what, `reach` where.
    """

    id: str
    rule: str
    text: str
    reach: str
    operations: int
    fingerprint: str
    location: Location


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One version as one ring reads it, before and after; a hash None: the ring does not know it, or (`unread`) nobody
    knows what it read.

    `breaks`: the first of `broken`; `may_break`, `other`: how many causes are that. `step`: what the document's version
    has to move by, `needed` the version that makes, None where the one before is no semantic version;
    `said_at`: where the document says its version.
    """

    version: str
    before: str | None
    after: str | None
    unread: bool = False
    breaks: tuple[Break, ...] = ()
    broken: int = 0
    may_break: int = 0
    other: int = 0
    step: str = "none"
    said_before: str | None = None
    said_now: str | None = None
    needed: str | None = None
    said_at: Location | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "compared": not self.unread and self.before is not None and self.after is not None,
            "breaking": self.broken,
            "may_break": self.may_break,
            "other": self.other,
            "step": self.step,
            "document_version": self.said_now,
            "needed_version": self.needed,
            "breaks": [
                {
                    "id": one.id,
                    "rule": one.rule,
                    "text": one.text,
                    "reach": one.reach,
                    "operations": one.operations,
                    "fingerprint": one.fingerprint,
                    "file": one.location.file,
                    "line": one.location.line,
                    "column": one.location.column,
                }
                for one in self.breaks
            ],
        }


@dataclass(frozen=True, slots=True)
class RingChange:
    """One API as one ring has it. `content` names exactly what the ring would get, None: nothing any more; `before`
    what it has, None: nothing yet, or nobody knows. `risks`: what the audit finds there and did not before, less what
    is waived; it may be all there is, where a ring reads the same and is guarded less. `for_everyone`: where an API
    that is new to the ring says nothing of who begins with it.
    """

    api: str
    ring: Audience
    before: str | None
    content: str | None
    is_new: bool
    versions: tuple[VersionChange, ...]
    risks: tuple[AuditFinding, ...] = ()
    for_everyone: Location | None = None

    @property
    def is_read(self) -> bool:
        """Whether the ring gets anything else than before."""
        return self.before != self.content

    @property
    def broken(self) -> int:
        return sum(version.broken for version in self.versions)


class State(StrEnum):
    """What a gate says. `lenient`: something was found, and this ring is only told."""

    PASSED = "passed"
    LENIENT = "lenient"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate for one API on one ring. `demand`: the word of the policy. `content`: what an approval is bound to.

    `approvers`: groups whose members approve, `quorum` of them, `approved` so many did; empty where nobody is asked.
    `findings`: what the gate found that is not waived, the first of `found`; `waived`: how many are.
    """

    gate: str
    api: str
    ring: Audience
    demand: str
    state: State
    content: str
    findings: tuple[Finding, ...] = ()
    found: int = 0
    waived: int = 0
    approvers: tuple[str, ...] = ()
    quorum: int = 0
    approval: str | None = None
    because: Location = POLICY

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (self.api, -self.ring)

    def as_dict(self) -> dict[str, Any]:
        return {
            "gate": self.gate,
            "api": self.api,
            "ring": self.ring.label,
            "demand": self.demand,
            "state": self.state.value,
            "content": self.content,
            "approvers": list(self.approvers),
            "quorum": self.quorum,
            "approval": self.approval,
            "found": self.found,
            "waived": self.waived,
            "findings": [finding.as_dict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class GateJudgement:
    """`enforced`: the estate has gates of its own, so what has not passed stays behind. `changes`: what differs for
    whom; `results`: in the order of APIs, furthest ring first, gates as the policy has them. `findings`: about the
    policy itself, and about documents' versions. `refused`: APIs that stay behind whatever the gates say.
    """

    enforced: bool
    changes: tuple[RingChange, ...] = ()
    results: tuple[GateResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()

    @property
    def held(self) -> Mapping[str, State]:
        """API → the worst that keeps it back."""
        if not self.enforced:
            return {}
        found: dict[str, State] = {}
        for result in self.results:
            if result.state is State.FAILED or (result.state is State.WAITING and result.api not in found):
                found[result.api] = result.state
        return found | {finding.api: State.FAILED for finding in self.refused if finding.api}

    @property
    def waits_only(self) -> bool:
        """Whether approvals are all that is missing."""
        return bool(self.held) and all(state is State.WAITING for state in self.held.values())

    def holding(self) -> list[Finding]:
        """A finding for each gate that keeps an API back; each drops its API from the change."""
        keeping = (State.WAITING, State.FAILED) if self.enforced else ()
        return [*self.refused, *(_held(result) for result in self.results if result.state in keeping)]

    def results_as_dict(self) -> dict[str, Any]:
        return {"enforced": self.enforced, "results": [result.as_dict() for result in self.results]}

    def as_dict(self) -> dict[str, Any]:
        return self.results_as_dict() | {
            "changes": [
                {
                    "api": change.api,
                    "ring": change.ring.label,
                    "new": change.is_new,
                    "content": change.content,
                    "risks": [one.as_dict() for one in change.risks],
                    "versions": [version.as_dict() for version in change.versions],
                }
                for change in self.changes
            ],
        }


def _held(result: GateResult) -> Finding:
    ring = result.ring.label
    if result.state is State.FAILED:
        first = result.findings[0]
        more = f", and {result.found - 1:,} more" if result.found > 1 else ""
        message = f"the {result.gate} gate of the {ring} ring ({result.demand}) fails: {first.message}{more}"
        return Finding("gate-failed", Severity.ERROR, message, first.help, first.location, result.api)
    groups = ", ".join(result.approvers)
    many = f"{result.quorum} members" if result.quorum > 1 else "a member"
    message = f"the {result.gate} gate of the {ring} ring waits for {many} of {groups}"
    if result.approval is None:
        help = f"Ask: ringwork gate ask {result.api}. An approval is of exactly this content."
    else:
        help = f"They approve with: ringwork approval approve {result.approval}"
    return Finding("gate-waiting", Severity.ERROR, message, help, result.because, result.api)
