"""The gates of the estate, asked about everything that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ringwork.governance.gates.auditing import Auditing
from ringwork.governance.gates.changing import Changing
from ringwork.governance.gates.finding import (
    StyleFindings,
    breaking_findings,
    launch_findings,
    security_findings,
    version_findings,
)
from ringwork.governance.gates.model import POLICY, GateJudgement, GateResult, RingChange, State
from ringwork.governance.gates.side import Side
from ringwork.governance.style import StyleFinding
from ringwork.kernel.cache import Cache
from ringwork.kernel.canonical import canonical_json, content_hash
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.gates import GATES, Gate, GatesManifest, GateWaiverManifest, Terms

# Findings one gate tells of one API and ring; all are counted.
MAX_FOUND = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to let a change through one gate: all that makes it this one and no other."""

    gate: str
    api: str
    ring: str
    content: str
    groups: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True)
class Request:
    """`id` of a request that is approved, or open."""

    id: str
    is_approved: bool


Answered = Callable[[Asked], Request | None]


def nothing_asked(_: Asked) -> None:
    """Where no requests are known: in a pull request, before there is a state."""


def judge_gates(
    estate: Estate,
    old: Side | None,
    new: Side,
    styles: Sequence[StyleFinding],
    *,
    today: date,
    answered: Answered = nothing_asked,
    cache: Cache | None = None,
    audits: Cache | None = None,
) -> GateJudgement:
    """What differs for whom, and which gates it passes. `old`: what is live, None where nothing is. `answered` knows
    the requests there are. `cache`, `audits` keep what documents compared came to, and what was found of them. Never
    raises for what files say.
    """
    if old is None and not estate.has_gates:
        return GateJudgement(False)  # everything is new, breaks nobody, and is held by nothing
    # What is broken is not gone: its errors are told, and it stays as it is live.
    auditing = Auditing(estate, old, new, today, audits)
    broken = estate.api_names - new.snapshot.apis.keys()
    changes = tuple(
        change for change in Changing(old, new, today, auditing, cache).changes() if change.api not in broken
    )
    findings = [*auditing.opened_rings(), *version_findings(changes), *_unread(changes)]
    if estate.has_gates and estate.gates is None:
        refused = tuple(_unjudged(name) for name in dict.fromkeys(change.api for change in changes))
        return GateJudgement(True, changes, (), tuple(findings), refused)
    gating = _Gating(estate, StyleFindings(styles), today, answered)
    results = tuple(result for change in changes for result in gating.results(change))
    findings += gating.about_waivers()
    return GateJudgement(estate.has_gates, changes, results, tuple(findings))


class _Gating:
    def __init__(self, estate: Estate, styles: StyleFindings, today: date, answered: Answered) -> None:
        self._gates = estate.gates
        self._policy = GatesManifest() if estate.gates is None else estate.gates.manifest
        self._styles = styles
        self._today = today
        self._answered = answered
        self._used: set[int] = set()

    def results(self, change: RingChange) -> Iterator[GateResult]:
        for gate in GATES:
            terms = self._policy.terms(gate, change.ring)
            if not change.is_read and gate != "security" and not _is_unread(change):
                continue  # nothing of it is another for whoever reads it there
            if terms.meaning.automatic != "nothing" or terms.meaning.asked != "never":
                yield self._result(gate, terms, change)

    def _result(self, gate: Gate, terms: Terms, change: RingChange) -> GateResult:
        # Of what a ring loses there is nothing to design, to write or to launch; that it goes is what breaks.
        found = list(self._found(gate, terms, change)) if change.content or gate == "breaking" else []
        counted = [one for one in found if not self._is_waived(gate, change, *one)]
        broken = change.broken if gate == "breaking" else len(found)
        total = broken - (len(found) - len(counted))
        findings = tuple(finding for _, _, finding in counted)[:MAX_FOUND]
        asks = self._asks(gate, terms, change, total)
        content = change.content or content_hash(canonical_json([change.api, change.ring.label, "gone"]))
        content = f"{change.before or 'nothing'}>{content}" if gate == "breaking" else content
        if gate == "security" and change.risks:
            risks = [one.identity for one in change.risks]
            content = content_hash(canonical_json([content, *(list(one) for one in risks)]))
        asked = Asked(gate, change.api, change.ring.label, content, terms.approvers, terms.quorum)
        request = self._answered(asked) if asks and self._gates is not None else None
        return GateResult(
            gate,
            change.api,
            change.ring,
            terms.demand,
            _state(terms, total, asks=asks, approved=request is not None and request.is_approved),
            content,
            findings,
            total,
            len(found) - len(counted),
            terms.approvers if asks else (),
            terms.quorum if asks else 0,
            None if request is None else request.id,
            POLICY if self._gates is None else self._gates.at(gate, change.ring.label),
        )

    def _found(self, gate: Gate, terms: Terms, change: RingChange) -> Iterable[tuple[str, str, Finding]]:
        if gate == "breaking":
            return breaking_findings(change)
        found: Iterable[tuple[str, Finding]]
        if gate == "security":
            found = security_findings(self._styles, change)
        elif gate == "launch":
            found = launch_findings(change) if terms.meaning.automatic != "nothing" else ()
        else:
            found = self._styles.of(gate, change.api, change.ring)
        return ((version, finding.code, finding) for version, finding in found)

    def _asks(self, gate: Gate, terms: Terms, change: RingChange, total: int) -> bool:
        match terms.meaning.asked:
            case "always":
                return change.content is not None
            case "first":
                return change.content is not None and change.is_new
            case "found":
                return total > 0
            case _:
                return False

    def _is_waived(self, gate: Gate, change: RingChange, version: str, mark: str, finding: Finding) -> bool:
        for index, waiver in enumerate(self._policy.waivers):
            if _is_about(waiver, gate, change, version, (mark, finding.code)):
                self._used.add(index)
                if waiver.until >= self._today:
                    return True
        return False

    def about_waivers(self) -> Iterator[Finding]:
        """Those that ended and are needed. One that nothing needs may be for a change that is live already."""
        for index, waiver in enumerate(self._policy.waivers):
            if self._gates is not None and index in self._used and waiver.until < self._today:
                message = f"the waiver of the {waiver.gate} gate for {waiver.api} ended on {waiver.until.isoformat()}"
                help = "Mend what it is about, or agree on another day and write it here."
                place = self._gates.at("waivers", index)
                yield Finding("gate-waiver-ended", Severity.WARNING, message, help, place)


def _is_about(
    waiver: GateWaiverManifest, gate: Gate, change: RingChange, version: str, marks: tuple[str, ...]
) -> bool:
    return (
        waiver.gate == gate
        and waiver.api == change.api
        and waiver.version in (None, version)
        and waiver.ring in (None, change.ring)
        and (waiver.finding is None or waiver.finding in marks)
    )


def _state(terms: Terms, total: int, *, asks: bool, approved: bool) -> State:
    if total and terms.meaning.automatic == "enforced":
        return State.FAILED
    if asks and not approved:
        return State.WAITING
    return State.LENIENT if total and not asks else State.PASSED


def _is_unread(change: RingChange) -> bool:
    return any(one.unread for one in change.versions)


def _unread(changes: Iterable[RingChange]) -> Iterator[Finding]:
    """Once for each API: an older control plane kept no contracts, or they were lost."""
    unread = dict.fromkeys(change.api for change in changes if _is_unread(change))
    for api in unread:
        message = f"what is live of {api} was not kept, so what breaks its callers is not known"
        help = "From the next revision on it is. Compare by hand: `ringwork diff main:FILE FILE --ring RING`."
        yield Finding(
            "live-contract-unknown", Severity.WARNING, message, help, Location("ringwork.yaml"), api
        )


def _unjudged(api: str) -> Finding:
    message = "styles/gates.yaml has errors, so nobody can tell what this change has to pass"
    return Finding(
        "gates-unreadable", Severity.ERROR, message, "Mend them first; they are told too.", POLICY, api
    )
