"""Pages of other origins: only where a preflight can be answered, and never more of them than was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.audience import Audience
from ringwork.kernel.findings import Finding, Severity

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate


def check_cors(estate: Estate) -> Iterator[Finding]:
    """`cors` of every API."""
    for api in estate.apis:
        cors = api.manifest.cors
        if cors is None:
            continue
        if api.manifest.audience is not Audience.PUBLIC:
            message = f"`cors` means nothing to an API for {api.manifest.audience.label} callers"
            help = (
                "A preflight carries no credential, and this ring answers nobody it does not know: "
                "remove it, or call the API from a server."
            )
            yield Finding(
                "cors-not-public", Severity.ERROR, message, help, api.source.key_at("cors"), api.name
            )
        if "*" in cors.origins and (cors.credentials or len(cors.origins) > 1):
            message = '"*" stands alone, and without credentials'
            help = "Name the origins whose pages may call."
            place = api.at("cors", "origins", cors.origins.index("*"))
            yield Finding("cors-any-origin", Severity.ERROR, message, help, place, api.name)
