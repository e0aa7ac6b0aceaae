"""What the automatic part of each gate finds: breaking changes, and style findings by the gate they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from ringwork.audience import Audience
from ringwork.difference.policy import POLICIES
from ringwork.governance.gates.changing import is_step_too_small
from ringwork.governance.gates.model import Break, RingChange
from ringwork.governance.style import StyleFinding
from ringwork.kernel.findings import Finding, Location, Severity
from ringwork.manifest.gates import Gate
from ringwork.style.model import Level
from ringwork.style.reading import built_in

_FLAGS: Mapping[Audience, str] = {
    Audience.INTERNAL: "Name the services that begin with it in `callers` of its api.yaml, more of them when it holds.",
    Audience.PARTNER: "Give it a `feature` in its api.yaml, and that to the partners who begin with it.",
    Audience.PUBLIC: "Nothing lets developers in one by one: launch.public.demand: general-availability asks people.",
}

_TOPICS: Mapping[str, Gate] = {"security.yaml": "security", "texts.yaml": "documentation"}


@cache
def _gates_of_codes() -> Mapping[str, Gate]:
    """By the topic a rule of ours is written in."""
    rules = built_in("ringwork:public")[0].rules.values()
    topics = {rule.code: rule.where.file.rpartition("/")[2] for rule in rules}
    return {code: _TOPICS[topic] for code, topic in topics.items() if topic in _TOPICS}


def gate_of(code: str) -> Gate:
    """The gate a style rule belongs to; what is neither of security nor of documentation is of naming."""
    return "security" if code.startswith("owasp:") else _gates_of_codes().get(code, "naming")


class StyleFindings:
    """Of severity error and not waived, by gate, API and ring."""

    def __init__(self, styles: Iterable[StyleFinding]) -> None:
        self._found: dict[tuple[Gate, str, Audience], list[tuple[str, Finding]]] = {}
        for one in styles:
            if one.level is Level.ERROR and one.waived is None:
                key = (gate_of(one.code), one.api, one.ring)
                self._found.setdefault(key, []).append((one.version, one.as_finding()))

    def of(self, gate: Gate, api: str, ring: Audience) -> list[tuple[str, Finding]]:
        """Each with its version."""
        return self._found.get((gate, api, ring), [])


def security_findings(styles: StyleFindings, change: RingChange) -> Iterator[tuple[str, Finding]]:
    """The automatic part of the security gate: version and finding. Of the audit what the change brings: what was open
    before is no reason to hold what mends something else.
    """
    yield from styles.of("security", change.api, change.ring)
    for risk in change.risks:
        finding = risk.as_finding()
        help = f"{finding.help} Or waive {risk.code} for {risk.api} in styles/policy.yaml, with the reason."
        yield risk.version, replace(finding, help=help)


def launch_findings(change: RingChange) -> Iterator[tuple[str, Finding]]:
    """An API that begins with everyone of a ring, where the team is to turn it on for whom it likes."""
    if change.for_everyone is None:
        return
    ring = change.ring.label
    message = f"{change.api} begins with everyone on the {ring} ring: no flag says who calls it first"
    yield (
        "",
        Finding("launch-to-everyone", Severity.INFO, message, _FLAGS[change.ring], change.for_everyone),
    )


def breaking_findings(change: RingChange) -> Iterator[tuple[str, str, Finding]]:
    """Version, fingerprint and finding of what breaks callers on the ring, as bad as its policy says."""
    policy = POLICIES[change.ring]
    for version in change.versions:
        for one in version.breaks:
            yield version.version, one.fingerprint, _broken(change, version.version, one, policy.severity)


def _broken(change: RingChange, version: str, one: Break, severity: Severity) -> Finding:
    message = f"{change.api} {version} breaks callers on the {change.ring.label} ring: {one.text}"
    help = f"Reaches {one.reach} ({one.fingerprint}). {POLICIES[change.ring].advice}"
    return Finding(one.id, severity, message, help, one.location, change.api)


def version_findings(changes: Iterable[RingChange]) -> list[Finding]:
    """Documents whose own version moved less than the change asks for, by the furthest ring that asks for more."""
    found: dict[tuple[str, str], Finding] = {}
    for change in changes:
        for version in change.versions:
            key = (change.api, version.version)
            if key not in found and is_step_too_small(version):
                message = (
                    f"{change.api} {version.version} says it is version {version.said_now}, and the change asks "
                    f"for {version.needed} ({version.step}, as the {change.ring.label} ring sees it)"
                )
                help = f"Write `version: {version.needed}` under info, or more: callers plan by it."
                severity = Severity.WARNING if change.ring.is_outer else Severity.INFO
                place = version.said_at or Location("ringwork.yaml")
                found[key] = Finding("version-step-too-small", severity, message, help, place, change.api)
    return list(found.values())


def shown(findings: Iterable[Finding]) -> list[Finding]:
    """As what is only told: nothing of it keeps anything back."""
    return [replace(one, severity=min(one.severity, Severity.WARNING)) for one in findings]
