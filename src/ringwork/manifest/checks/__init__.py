"""What must hold between the files of an estate. Each module is one concern; each check sees everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding
from ringwork.manifest.checks.agreements import check_agreements
from ringwork.manifest.checks.authorization import check_authorization
from ringwork.manifest.checks.caching import check_caching
from ringwork.manifest.checks.callers import check_callers
from ringwork.manifest.checks.client_certificates import check_client_certificates
from ringwork.manifest.checks.cors import check_cors
from ringwork.manifest.checks.environment import check_environment
from ringwork.manifest.checks.gates import check_gates
from ringwork.manifest.checks.issuers import check_issuers
from ringwork.manifest.checks.later import say_what_is_not_yet_effective
from ringwork.manifest.checks.lifecycle import check_lifecycles
from ringwork.manifest.checks.listeners import check_listeners
from ringwork.manifest.checks.mocks import check_mocks
from ringwork.manifest.checks.ownership import check_hosts_and_prefixes, check_upstream_owners
from ringwork.manifest.checks.people import check_people
from ringwork.manifest.checks.rings import check_rings
from ringwork.manifest.checks.services import check_services
from ringwork.manifest.checks.sharing import check_shared_limits
from ringwork.manifest.checks.telemetry import check_telemetry
from ringwork.manifest.checks.upstreams import check_upstreams
from ringwork.manifest.checks.versions import check_versions

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate

Check = Callable[["Estate"], Iterable[Finding]]

# Of APIs and organisation alone, and of nothing else, the time included: what they found holds until one of those
# manifests changes. They are shown no other part of the estate.
OF_APIS: tuple[Check, ...] = (
    check_versions,
    check_upstreams,
    check_services,
    check_mocks,
    check_cors,
    check_caching,
    check_hosts_and_prefixes,
    check_upstream_owners,
)

# The order is that of a reader's interest.
OF_THE_REST: tuple[Check, ...] = (
    check_listeners,
    check_rings,
    check_issuers,
    check_authorization,
    check_client_certificates,
    check_telemetry,
    check_shared_limits,
    check_lifecycles,
    check_agreements,
    check_people,
    check_callers,
    check_gates,
    check_environment,
    say_what_is_not_yet_effective,
)


class CheckMemo:
    """What was found between the APIs of the estate that was checked last."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] | None = None
        self._found: tuple[Finding, ...] = ()

    def findings(self, estate: Estate) -> tuple[Finding, ...]:
        """Of `OF_APIS`. Sources are the same objects for as long as their files say the same."""
        of = _seen(estate)
        if self._of is None or not _is_same(of, self._of):
            alone = _alone(estate)
            self._found = tuple(finding for check in OF_APIS for finding in check(alone))
            self._of = of
        return self._found


def check_estate(estate: Estate, memo: CheckMemo | None = None) -> Iterator[Finding]:
    """Everything wrong between the files of `estate`."""
    yield from (memo or CheckMemo()).findings(estate)
    for check in OF_THE_REST:
        yield from check(estate)


def _seen(estate: Estate) -> tuple[object, ...]:
    organization = estate.organization
    files = (part for api in estate.apis for part in (api.source, api.pems))
    return (None if organization is None else organization.source, *files)


def _is_same(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    """Certificates are read each time, and are the same when they say the same; there are few."""
    alike = (
        one is other or (isinstance(one, dict) and one == other)
        for one, other in zip(now, before, strict=False)
    )
    return len(now) == len(before) and all(alike)


def _alone(estate: Estate) -> Estate:
    """Nothing that a check of APIs could look at unnoticed."""
    nobody: frozenset[str] = frozenset()
    return replace(
        estate,
        partners=(),
        plans=(),
        groups=(),
        api_names=nobody,
        partner_names=nobody,
        plan_names=nobody,
        group_names=nobody,
        style_names=nobody,
        style_policy=None,
        environment=None,
        findings=(),
    )
