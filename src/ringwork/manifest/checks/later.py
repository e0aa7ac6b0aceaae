"""What the estate may already say, and no part of Ringwork acts upon yet. Silence about it would be a lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Location, Severity

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate

PARTNER_KEYS = ("sla", "support", "webhooks")


def say_what_is_not_yet_effective(estate: Estate) -> Iterator[Finding]:
    """One note per key that is stored and has no effect."""
    for partner in estate.partners:
        for key in PARTNER_KEYS:
            if getattr(partner.manifest, key) is not None:
                what = f'{key} of partner "{partner.name}"'
                yield _note(what, partner.source.key_at(key))
    for plan in estate.plans:
        if plan.manifest.price is not None:
            yield _note(f'price of plan "{plan.name}"', plan.source.key_at("price"))


def _note(what: str, place: Location) -> Finding:
    help = "It is accepted and kept; a later release makes it take effect."
    return Finding("not-yet-effective", Severity.INFO, f"{what} has no effect yet", help, place)
