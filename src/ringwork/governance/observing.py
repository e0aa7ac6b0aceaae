"""Versions of which more passes than their contracts say, for a time: said in every plan."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.audience import Audience, narrowest
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.estate import Estate


def observed_versions(estate: Estate) -> Iterator[Finding]:
    """One finding for each version with an `observe` line."""
    for api in estate.apis:
        for index, version in enumerate(api.manifest.versions):
            if version.observe is None:
                continue
            place = api.at("versions", index, "observe")
            until = version.observe.until.isoformat()
            if not narrowest((api.manifest.audience, version.audience or Audience.PUBLIC)).is_outer:
                message = f"{version.name} reaches no outer ring, so there is nothing to observe"
                help = (
                    "Remove the line: the internal ring shows everything, and writes down what is undeclared."
                )
                yield Finding("observe-without-effect", Severity.WARNING, message, help, place, api.name)
                continue
            message = (
                f"until {until}, outer rings see and send of {version.name} what its contract does not know"
            )
            help = f"`ringwork observe {api.name}` lists it; declare it or let it go before then."
            yield Finding("contract-observed", Severity.WARNING, message, help, place, api.name)


def unmatched_patterns(estate: Estate) -> Iterator[Finding]:
    """One finding for each version with an `unmatched_patterns` line."""
    for api in estate.apis:
        for index, version in enumerate(api.manifest.versions):
            waived = version.unmatched_patterns
            if waived is None:
                continue
            until = waived.until.isoformat()
            message = f"until {until}, patterns of {version.name} that nobody can match in linear time are not checked"
            help = (
                "`validation-pattern-waived` names them; from the next day on outer rings are not served "
                "their operations."
            )
            place = api.at("versions", index, "unmatched_patterns")
            yield Finding("patterns-unmatched", Severity.WARNING, message, help, place, api.name)
