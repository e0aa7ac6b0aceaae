"""Every ring's document held to that ring's rules; what was found of one is kept by its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from ringwork.audience import Audience
from ringwork.governance.assess import Assessment, Memory
from ringwork.governance.exposed.items import unpack
from ringwork.governance.style.cases import asking_for, count, usual
from ringwork.governance.style.documents import RingDocument, ring_documents
from ringwork.governance.style.keeping import Keeping
from ringwork.governance.style.model import StyleFinding
from ringwork.governance.style.regulated import Parts, regulated_parts
from ringwork.governance.style.rulesets import ring_rules
from ringwork.governance.style.waivers import Waivers
from ringwork.intent.exposed import Exposed
from ringwork.kernel.cache import Cache
from ringwork.kernel.findings import Finding, in_order
from ringwork.style.linting import lint
from ringwork.style.model import Level, Result, Ruleset
from ringwork.style.reading import built_in
from ringwork.style.results import escaped


@dataclass(frozen=True, slots=True)
class StyleJudgement:
    """`styles`: all there is to say, the worst of the furthest ring first. `findings`: about rulesets and waivers."""

    styles: tuple[StyleFinding, ...]
    findings: tuple[Finding, ...]

    def worst(self) -> Level | None:
        """Of what is not waived."""
        return min((one.level for one in self.styles if one.waived is None), default=None)


def judge_styles(
    root: Path, assessment: Assessment, memory: Memory, today: date, cache: Cache | None = None
) -> StyleJudgement:
    """Hold the estate to the rules of its rings. Never raises for what files say. `memory`: that of the assessment.
    `cache` keeps what was found for the next process.
    """
    keeping = Keeping(cache)
    rules = ring_rules(assessment.estate)
    documents = [one for one in ring_documents(root, assessment, memory) if one.ring in rules.by_ring]
    cases = usual(_counted(documents, keeping))
    asked = {ring: asking_for(ruleset, cases) for ring, ruleset in rules.by_ring.items()}
    stricter = _regulated(assessment)
    waivers = Waivers(assessment.estate, today)
    found = [
        waivers.applied(finding)
        for document in documents
        for finding in keeping.found(
            document,
            asked[document.ring],
            partial(_judged, document, asked[document.ring], stricter),
            stricter=bool(stricter),
        )
    ]
    keeping.end()
    codes = frozenset(code for ruleset in asked.values() for code in ruleset.rules)
    findings = in_order((*rules.findings, *waivers.findings(codes)))
    return StyleJudgement(tuple(sorted(found, key=lambda one: one.sort_key)), tuple(findings))


def _counted(
    documents: Iterable[RingDocument], keeping: Keeping
) -> dict[str, list[Mapping[str, Mapping[str, int]]]]:
    """Names by their case, of the internal ring's documents: it sees all there are."""
    found: dict[str, list[Mapping[str, Mapping[str, int]]]] = {}
    names = built_in("ringwork:names")[0]
    for document in documents:
        if document.ring is Audience.INTERNAL:
            counted = keeping.counted(document, partial(_names, document, names))
            found.setdefault(document.api, []).append(counted)
    return found


def _names(document: RingDocument, names: Ruleset) -> dict[str, dict[str, int]]:
    return count(_linted(document, names))


def _regulated(assessment: Assessment) -> Mapping[tuple[str, str], Exposed]:
    """Versions that carry sensitive values, where the estate is stricter with them."""
    policy = assessment.estate.style_policy
    if policy is not None and policy.manifest.sensitive == "same":
        return {}
    exposed = ((one.api, one.version, one.shape.exposed) for one in assessment.exposures)
    return {(api, version): one for api, version, one in exposed if one is not None and one.sensitive}


def _judged(
    document: RingDocument, rules: Ruleset, stricter: Mapping[tuple[str, str], Exposed]
) -> Iterator[StyleFinding]:
    exposed = stricter.get((document.api, document.version)) if document.ring.is_outer else None
    parts: Parts = frozenset() if exposed is None else regulated_parts(unpack(exposed), document.value)
    for result in _linted(document, rules):
        finding = StyleFinding(
            ring=document.ring,
            api=document.api,
            version=document.version,
            code=result.code,
            level=result.level,
            message=result.message,
            path=escaped(result.path),
            location=document.place(result.path),
        )
        worse = result.level > Level.ERROR and result.path[:3] in parts
        yield replace(finding, level=Level(finding.level - 1), stricter=True) if worse else finding


def _linted(document: RingDocument, ruleset: Ruleset) -> list[Result]:
    return [] if document.text is None else lint(document.text, document.file, ruleset)
