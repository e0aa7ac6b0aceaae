"""Partners: what they agreed to must exist, and limits must be known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate, LoadedPartner


def check_agreements(estate: Estate) -> Iterator[Finding]:
    """APIs and versions partners name, and partners nobody agreed limits with."""
    known = {api.name: [version.name for version in api.manifest.versions] for api in estate.apis}
    for partner in estate.partners:
        yield from _limits(estate, partner)
        yield from _versions(estate, partner, known)


def _limits(estate: Estate, partner: LoadedPartner) -> Iterator[Finding]:
    organization = estate.organization
    ring = organization.manifest.rings.of(Audience.PARTNER) if organization is not None else None
    if partner.manifest.limits is None and (ring is None or ring.limits.per_minute is None):
        help = "Add `limits: {per_minute: …}`: a partner's limits are negotiated, there is no default."
        message = f'partner "{partner.name}" has no limits'
        yield Finding("partner-without-limits", Severity.ERROR, message, help, partner.at())


def _versions(estate: Estate, partner: LoadedPartner, known: dict[str, list[str]]) -> Iterator[Finding]:
    for api, names in (partner.manifest.versions or {}).items():
        if api not in estate.api_names:
            help = did_you_mean(api, estate.api_names)
            place = partner.source.key_at("versions", api)
            yield Finding("unknown-api", Severity.ERROR, f'there is no API "{api}"', help, place)
            continue
        for index, name in enumerate(names if api in known else ()):
            if name not in known[api]:
                help = did_you_mean(name, known[api])
                place = partner.at("versions", api, index)
                message = f'API "{api}" has no version "{name}"'
                yield Finding("unknown-version", Severity.ERROR, message, help, place)
