"""Versions whose contracts are observed: said in every plan, because outer rings see more than those contracts say."""

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
            message = f"until {until}, outer rings see of {version.name} what its contract does not know"
            help = f"`ringwork observe {api.name}` lists it; declare it or let it go before then."
            yield Finding("contract-observed", Severity.WARNING, message, help, place, api.name)
