"""Waivers of `styles/policy.yaml` that name a rule of the audit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from ringwork.governance.audit.model import AuditFinding
from ringwork.governance.audit.rules import CODES
from ringwork.governance.style.waivers import AUDIT, is_about
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.estate import Estate


class AuditWaivers:
    """What the estate says of findings on a day; remembers which of it was of use."""

    def __init__(self, estate: Estate, today: date) -> None:
        policy = estate.style_policy
        waivers = policy.manifest.waivers if policy else ()
        self._policy, self._today = policy, today
        self._waivers = [(at, one) for at, one in enumerate(waivers) if one.rule.startswith(AUDIT)]
        self._used: set[int] = set()

    def applied(self, finding: AuditFinding) -> AuditFinding:
        """As it counts today."""
        for index, waiver in self._waivers:
            if is_about(waiver, finding):
                self._used.add(index)
                if waiver.until >= self._today:
                    return replace(finding, waived=f"until {waiver.until.isoformat()}: {waiver.reason}")
        return finding

    def findings(self, *, whole: bool) -> Iterator[Finding]:
        """Of waivers that ended or, where the `whole` estate was judged, are not needed; after all was `applied`."""
        for index, waiver in self._waivers if self._policy is not None else ():
            assert self._policy is not None
            place = self._policy.at("waivers", index, "rule")
            if waiver.rule not in CODES:
                message = f'the audit has no rule "{waiver.rule}"'
                help = "Correct or remove it (docs/reference/audit-rules.md)."
                yield Finding("style-waiver-unknown", Severity.WARNING, message, help, place)
            elif index in self._used and waiver.until < self._today:
                message = f"the waiver of {waiver.rule} for {waiver.api} ended on {waiver.until.isoformat()}"
                help = "Mend what it is about, or agree on another day and write it here."
                yield Finding("style-waiver-ended", Severity.WARNING, message, help, place)
            elif whole and index not in self._used:
                message = f"nothing of {waiver.api} is found by {waiver.rule} any more"
                yield Finding("style-waiver-unused", Severity.INFO, message, "Remove the waiver.", place)
