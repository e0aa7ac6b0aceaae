"""The estate held to the questions of the audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from ringwork.audience import Audience
from ringwork.governance.assess import Assessment, Memory
from ringwork.governance.audit.model import AuditFinding, Rule
from ringwork.governance.audit.rules import RULES
from ringwork.governance.audit.subject import Subject
from ringwork.governance.audit.waivers import AuditWaivers
from ringwork.governance.ending import has_ended
from ringwork.governance.style.documents import ring_documents
from ringwork.kernel.findings import Finding
from ringwork.style.model import Level


@dataclass(frozen=True, slots=True)
class Audit:
    """`findings`: the furthest ring first, there the worst. `about`: what is wrong with waivers. `looked_at`: API,
    version, ring and number of operations of everything that was judged.
    """

    findings: tuple[AuditFinding, ...]
    about: tuple[Finding, ...]
    looked_at: tuple[tuple[str, str, Audience, int], ...]

    def worst(self) -> Level | None:
        """Of what is not waived."""
        return min((one.level for one in self.findings if one.waived is None), default=None)


def audit(
    root: Path,
    assessment: Assessment,
    memory: Memory,
    today: date,
    api: str | None = None,
    ring: Audience | None = None,
) -> Audit:
    """Judge what would go live; `api` and `ring` None: all. Never raises for what files say. `memory`: that of the
    assessment.
    """
    waivers = AuditWaivers(assessment.estate, today)
    subjects = [
        one
        for one in _subjects(root, assessment, memory, midnight(today))
        if api in (None, one.api.name) and ring in (None, one.audience)
    ]
    found = [waivers.applied(finding) for subject in subjects for finding in judged(subject)]
    looked_at = ((one.api.name, one.version.name, one.audience, len(one.operations)) for one in subjects)
    return Audit(
        tuple(sorted(found, key=lambda one: one.sort_key)),
        tuple(waivers.findings(whole=api is None and ring is None)),
        tuple(looked_at),
    )


def midnight(day: date) -> datetime:
    """Versions end when a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def _subjects(root: Path, assessment: Assessment, memory: Memory, now: datetime) -> Iterator[Subject]:
    intent = assessment.intent
    if intent is None:
        return
    rings = {ring.audience: ring for ring in intent.rings}
    versions = {(api.name, one.name): (api, one) for api in intent.apis for one in api.versions}
    for document in ring_documents(root, assessment, memory):
        api, version = versions[document.api, document.version]
        if not has_ended(intent, api.name, version, document.ring, now):
            yield Subject(intent, api, version, rings[document.ring], document, now)


def judged(subject: Subject, rules: Iterable[Rule] = RULES) -> Iterator[AuditFinding]:
    """Questions asked of one version on one ring; no waiver is applied."""
    for rule in rules:
        level = rule.levels.get(subject.audience)
        if level is None:
            continue
        for found in rule.check(subject):
            yield AuditFinding(
                ring=subject.audience,
                api=subject.api.name,
                version=subject.version.name,
                code=rule.code,
                category=rule.category,
                level=level,
                message=found.message,
                fix=rule.fix,
                operation=found.operation,
                path=found.path,
                location=found.location,
                part=found.part,
            )
