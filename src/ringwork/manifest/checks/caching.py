"""Responses that are kept: only what there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringwork.kernel.findings import Finding, Severity

if TYPE_CHECKING:
    from ringwork.manifest.estate import Estate


def check_caching(estate: Estate) -> Iterator[Finding]:
    """`cache` of every API, against the memory `ringwork.yaml` gives."""
    organization = estate.organization
    if organization is None:
        return
    memory = organization.manifest.cache
    for api in estate.apis:
        cache = api.manifest.cache
        if cache is None or cache.max_object_bytes <= memory.largest_object_bytes:
            continue
        message = (
            f"{cache.max_object_bytes} bytes are more than an eighth of the {memory.max_bytes} there are"
        )
        help = "Make `max_object_bytes` smaller, or `cache.max_bytes` in ringwork.yaml larger."
        place = api.at("cache", "max_object_bytes")
        yield Finding("cache-object-too-large", Severity.ERROR, message, help, place, api.name)
