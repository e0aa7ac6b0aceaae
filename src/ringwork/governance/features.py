"""Features partners have, and what asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwork.governance.exposure import VersionExposure
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.estate import Estate


def check_features(estate: Estate, exposures: Iterable[VersionExposure]) -> Iterator[Finding]:
    """Features in agreements that no API and no operation asks for: they open nothing.

    A warning only: the feature may belong to an API whose document cannot be read at the moment.
    """
    if not any(partner.manifest.features for partner in estate.partners):
        return
    known = {api.manifest.feature for api in estate.apis}
    known |= {operation.feature for exposure in exposures for operation in exposure.operations}
    names = [feature for feature in known if feature is not None]
    for partner in estate.partners:
        for index, feature in enumerate(partner.manifest.features):
            if feature not in names:
                message = f'no API and no operation asks for the feature "{feature}"'
                place = partner.at("features", index)
                yield Finding(
                    "unknown-feature", Severity.WARNING, message, did_you_mean(feature, names), place
                )
