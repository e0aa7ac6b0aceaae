"""Waivers and incubation: what the estate says of findings, for as long as it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Protocol

from ringwork.audience import Audience
from ringwork.governance.lifecycle import SUNSET_TOO_SOON
from ringwork.governance.style.model import StyleFinding
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.estate import Estate
from ringwork.manifest.style import WaiverManifest
from ringwork.style.model import Level

# Rules that begin so are those of `ringwork audit`.
AUDIT = "audit-"


class Waivers:
    """What `styles/policy.yaml` says on a day; remembers which of it was of use."""

    def __init__(self, estate: Estate, today: date) -> None:
        policy = estate.style_policy
        self._estate, self._policy, self._today = estate, policy, today
        self._waivers = policy.manifest.waivers if policy else ()
        tried = policy.manifest.incubation if policy else ()
        self._incubating = frozenset(one.api for one in tried if one.until >= today)
        self._used: set[int] = set()

    def applied(self, finding: StyleFinding) -> StyleFinding:
        """As it counts today."""
        if finding.api in self._incubating and finding.level < Level.HINT:
            finding = replace(finding, level=Level.HINT, freer=True)
        for index, waiver in enumerate(self._waivers):
            if is_about(waiver, finding):
                self._used.add(index)
                if waiver.until >= self._today:
                    return replace(finding, waived=f"until {waiver.until.isoformat()}: {waiver.reason}")
        return finding

    def findings(self, codes: frozenset[str]) -> Iterator[Finding]:
        """Of waivers that ended, were not needed or name what is not there; `codes`: of all rules there are. After
        every finding was `applied`.
        """
        if self._policy is None:
            return
        for index, waiver in enumerate(self._waivers):
            place = self._policy.at("waivers", index, "rule")
            if waiver.rule.startswith(AUDIT) and waiver.rule not in codes:
                continue  # `ringwork audit` tells of it
            if waiver.rule == SUNSET_TOO_SOON and waiver.api in self._estate.api_names:
                continue  # no style: whether it is of use is found out where ends are judged
            if waiver.rule not in codes | {SUNSET_TOO_SOON}:
                message = f'no ring has a rule "{waiver.rule}"'
                yield Finding(
                    "style-waiver-unknown", Severity.WARNING, message, "Correct or remove it.", place
                )
            elif waiver.api not in self._estate.api_names:
                message, place = f'there is no API "{waiver.api}"', self._policy.at("waivers", index, "api")
                yield Finding(
                    "style-waiver-unknown", Severity.WARNING, message, "Correct or remove it.", place
                )
            elif waiver.until < self._today and index in self._used:
                message = f"the waiver of {waiver.rule} for {waiver.api} ended on {waiver.until.isoformat()}"
                help = "Mend what it is about, or agree on another day and write it here."
                yield Finding("style-waiver-ended", Severity.WARNING, message, help, place)
            elif index not in self._used:
                message = f"nothing of {waiver.api} breaks {waiver.rule} any more"
                yield Finding("style-waiver-unused", Severity.INFO, message, "Remove the waiver.", place)


class Located(Protocol):
    """A finding a waiver may be about."""

    @property
    def ring(self) -> Audience: ...
    @property
    def api(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def path(self) -> str: ...


def is_about(waiver: WaiverManifest, finding: Located) -> bool:
    """Whether a line of the estate names a finding."""
    return (
        waiver.rule == finding.code
        and waiver.api == finding.api
        and waiver.version in (None, finding.version)
        and waiver.ring in (None, finding.ring)
        and (waiver.at is None or f"{finding.path}/".startswith(f"{waiver.at.rstrip('/')}/"))
    )
