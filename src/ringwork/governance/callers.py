"""Services and groups that contracts name as callers of the internal ring: each exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringwork.governance.exposure import NamedCaller, VersionExposure
from ringwork.kernel.findings import Finding, Severity
from ringwork.manifest.callers import SERVICE_PATTERN
from ringwork.manifest.checks.callers import unknown_group, unknown_service
from ringwork.manifest.estate import Estate


def check_named_callers(estate: Estate, exposures: Iterable[VersionExposure]) -> Iterator[Finding]:
    """Errors for names under `x-callers` and `x-groups` that are nobody's: nobody would be let in by them."""
    for exposure in exposures:
        for named in exposure.named:
            yield from _unknown(estate, named, exposure.api)


def _unknown(estate: Estate, named: NamedCaller, api: str) -> Iterator[Finding]:
    if named.kind == "group":
        yield from unknown_group(estate, named.name, named.location, api)
    elif re.fullmatch(SERVICE_PATTERN, named.name) is None:
        help = "Write the name its certificate has, such as storefront, or its SPIFFE id."
        message = "this is no name of a service"
        yield Finding("unknown-service", Severity.ERROR, message, help, named.location, api)
    else:
        yield from unknown_service(estate, named.name, named.location, api)
