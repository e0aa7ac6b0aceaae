"""What must hold between the files of an estate. Each module is one concern; each check sees everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding
from ringwork.manifest.checks.agreements import check_agreements
from ringwork.manifest.checks.authorization import check_authorization
from ringwork.manifest.checks.caching import check_caching
from ringwork.manifest.checks.callers import check_callers
from ringwork.manifest.checks.cors import check_cors
from ringwork.manifest.checks.environment import check_environment
from ringwork.manifest.checks.issuers import check_issuers
from ringwork.manifest.checks.later import say_what_is_not_yet_effective
from ringwork.manifest.checks.listeners import check_listeners
from ringwork.manifest.checks.mocks import check_mocks
from ringwork.manifest.checks.ownership import check_hosts_and_prefixes, check_upstream_owners
from ringwork.manifest.checks.people import check_people
from ringwork.manifest.checks.rings import check_rings
from ringwork.manifest.checks.services import check_services
from ringwork.manifest.checks.telemetry import check_telemetry
from ringwork.manifest.checks.upstreams import check_upstreams
from ringwork.manifest.checks.versions import check_versions

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate

Check = Callable[["Estate"], Iterable[Finding]]

# The order is that of a reader's interest: the organisation, then each API alone, then who collides with whom.
CHECKS: tuple[Check, ...] = (
    check_listeners,
    check_rings,
    check_issuers,
    check_authorization,
    check_telemetry,
    check_versions,
    check_upstreams,
    check_services,
    check_mocks,
    check_cors,
    check_caching,
    check_hosts_and_prefixes,
    check_upstream_owners,
    check_agreements,
    check_people,
    check_callers,
    check_environment,
    say_what_is_not_yet_effective,
)


def check_estate(estate: Estate) -> Iterator[Finding]:
    """Everything wrong between the files of `estate`."""
    for check in CHECKS:
        yield from check(estate)
